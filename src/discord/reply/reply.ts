import { LRUCache } from 'lru-cache';
import type { Log } from '../../observability/log.ts';
import type { ReplyFactory } from '../../runs/ports.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { DiscordReply } from './discord-reply.ts';
import { createRefusals } from './refusals.ts';
import { DEFAULT_TIMINGS } from './timings.ts';
import type { ReplyTimings } from './timings.ts';
import { createTyping } from './typing.ts';

export interface ReplyFactoryOptions {
  readonly budget: OutgoingBudget;
  readonly applicationId: () => string;
  readonly log: Log;
  /** Whether an answer notifies the person who asked (false). */
  readonly pingsRequester?: boolean;
  readonly timings?: Partial<ReplyTimings>;
  /** epoch ms */
  readonly now?: () => number;
}

/** For so long nothing is tried in a channel that does not let the bot speak. */
const MUTED_MS = 300_000;
const MAX_MUTED = 10_000;

export function createReplyFactory(options: ReplyFactoryOptions): ReplyFactory {
  const timings = { ...DEFAULT_TIMINGS, ...options.timings };
  const { budget, applicationId, log, now = () => Date.now() } = options;
  const muted = new LRUCache<string, true>({ max: MAX_MUTED, ttl: MUTED_MS });
  const typing = createTyping({
    budget,
    log,
    intervalMs: timings.typingIntervalMs,
    delayMs: timings.typingDelayMs,
    now,
  });
  const refusals = createRefusals({ budget, applicationId, log, muted });
  const shared = {
    budget,
    applicationId,
    typing,
    muted,
    timings,
    pingsRequester: options.pingsRequester ?? false,
    now,
  };
  return {
    open: (run) =>
      new DiscordReply(run, { ...shared, log: log.child({ runId: run.id, channelId: run.channelId }) }),
    refuse: (run, reason) => refusals.refuse(run, reason),
  };
}
