import { createLruCache } from '../../lib/lru-cache.ts';
import type { Log } from '../../observability/log.ts';
import type { ReplyFactory } from '../../runs/ports.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { createChannelDoors, type ChannelDoors } from './channel-doors.ts';
import { createDestination } from './destination.ts';
import { DiscordReply } from './discord-reply.ts';
import type { Controls } from './reply-options.ts';
import { removeMessage } from './remove-message.ts';
import { createRefusals } from './refusals.ts';
import { DEFAULT_TIMINGS } from './timings.ts';
import type { ReplyTimings } from './timings.ts';
import { createTyping } from './typing.ts';
import type { MessageOwners } from './unknown-messages.ts';

export interface ReplyFactoryOptions {
  readonly budget: OutgoingBudget;
  readonly applicationId: () => string;
  readonly botUserId: () => string;
  readonly log: Log;
  /** Whether an answer notifies the person who asked (false). */
  readonly pingsRequester?: boolean;
  /**
   * What can be pressed below an answer while it is at work and when it has ended; without it, nothing. Asked once
   * for each run and state.
   */
  readonly controls?: Controls;
  readonly timings?: Partial<ReplyTimings>;
  /** The run of a message of the bot, of earlier processes too. Rejects while the store gives no answer. */
  readonly ownerOf?: (messageId: string) => Promise<string | undefined>;
  /** Where the bot may speak; without it, what Discord's refusals teach. */
  readonly doors?: ChannelDoors;
  /** How late the event loop turns, ms (0): what is left over for edits is less then. */
  readonly loopDelayMs?: () => number;
  /** epoch ms */
  readonly now?: () => number;
}

export type { Controls } from './reply-options.ts';

/** Answers whose messages are known at once to be theirs, about. */
const MAX_OWNED = 2_000;

function createMessageOwners({ ownerOf, log }: Pick<ReplyFactoryOptions, 'ownerOf' | 'log'>): MessageOwners {
  const recent = createLruCache<string>({ max: MAX_OWNED });
  return {
    async find(messageId) {
      const known = recent.get(messageId);
      if (known !== undefined || !ownerOf) return known;
      try {
        return await ownerOf(messageId);
      } catch (error) {
        // An answer does not wait for the store: that two have the same words is rarer than that.
        log.debug({ err: error, messageId }, 'whose message this is cannot be read');
        return undefined;
      }
    },
    known: (messageId) => recent.get(messageId),
    keep(messageId, runId) {
      recent.set(messageId, runId);
    },
  };
}

export function createReplyFactory(options: ReplyFactoryOptions): ReplyFactory {
  const timings = { ...DEFAULT_TIMINGS, ...options.timings };
  const { budget, applicationId, botUserId, log, now = () => Date.now() } = options;
  const { doors = createChannelDoors() } = options;
  const typing = createTyping({
    budget,
    log,
    intervalMs: timings.typingIntervalMs,
    delayMs: timings.typingDelayMs,
  });
  const refusals = createRefusals({ budget, applicationId, botUserId, log, doors });
  const owners = createMessageOwners(options);
  const shared = {
    owners,
    budget,
    applicationId,
    botUserId,
    typing,
    doors,
    timings,
    loopDelayMs: options.loopDelayMs ?? (() => 0),
    pingsRequester: options.pingsRequester ?? false,
    ...(options.controls ? { controls: options.controls } : {}),
    now,
  };
  return {
    open: (run, options) =>
      new DiscordReply(run, {
        ...shared,
        ...options,
        log: log.child({ runId: run.id, channelId: run.channelId }),
      }),
    refuse: (run, reason, isAgain) => refusals.refuse(run, reason, isAgain),
    async remove(run, messageIds) {
      const destination = createDestination({ run, ...shared });
      for (const [index, id] of messageIds.entries()) {
        await removeMessage({ budget, log }, destination.target(index, id).path);
      }
    },
  };
}
