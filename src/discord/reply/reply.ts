import type { Log } from '../../observability/log.ts';
import type { ReplyFactory } from '../../runs/ports.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { ChannelDoors } from './channel-doors.ts';
import { createDestination, removeMessage } from './destination.ts';
import { DiscordReply } from './discord-reply.ts';
import { MessageOwners } from './own-messages.ts';
import type { Reactions } from './reactions.ts';
import { createRefusals } from './refusals.ts';
import type { Controls, ReplyContext } from './reply-context.ts';
import { DEFAULT_TIMINGS } from './timings.ts';
import type { ReplyTimings } from './timings.ts';
import { createTyping } from './typing.ts';

export interface ReplyFactoryOptions {
  readonly budget: OutgoingBudget;
  readonly applicationId: () => string;
  readonly botUserId: () => string;
  readonly log: Log;
  /** Without them nothing can be pressed. */
  readonly controls?: Controls;
  readonly timings?: Partial<ReplyTimings>;
  /** The run of a message of the bot, of earlier processes too. Rejects while the store gives no answer. */
  readonly ownerOf: (messageId: string) => Promise<string | undefined>;
  /** Where the bot may speak. */
  readonly doors: ChannelDoors;
  /** Marks a question that waits behind another. */
  readonly reactions: Pick<Reactions, 'addForNow'>;
  /** How late the event loop turns, ms: what is left over for edits is less then. */
  readonly loopDelayMs: () => number;
  /** epoch ms */
  readonly now: () => number;
}

export function createReplyFactory({ ownerOf, ...options }: ReplyFactoryOptions): ReplyFactory {
  const { budget, log } = options;
  const timings = { ...DEFAULT_TIMINGS, ...options.timings };
  const context: ReplyContext = {
    ...options,
    timings,
    typing: createTyping({
      budget,
      log,
      intervalMs: timings.typingIntervalMs,
      delayMs: timings.typingDelayMs,
    }),
    owners: new MessageOwners(ownerOf, log),
    runsPerConversation: new Map(),
  };
  const refusals = createRefusals(options);
  return {
    open: (run, openOptions = {}) => new DiscordReply(run, context, openOptions),
    refuse: (run, reason, isAgain) => refusals.refuse(run, reason, isAgain),
    async remove(run, messageIds) {
      const destination = createDestination(run, context);
      for (const [index, id] of messageIds.entries()) {
        await removeMessage(context, destination.target(index, id).path);
      }
    },
  };
}
