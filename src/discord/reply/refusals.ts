import { Routes, type APIMessage } from 'discord.js';
import { createLruCache } from '../../lib/lru-cache.ts';
import type { Log } from '../../observability/log.ts';
import { toQuestionChannelId, type Run } from '../../runs/run.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { Priority } from '../outgoing/outgoing-request.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { ChannelDoors } from './channel-doors.ts';
import { toShutBy } from './channel-refusals.ts';
import { toReplyTarget } from './destination.ts';
import { toMessageBody } from './message-body.ts';
import { readOwnMessages, toReference, type OwnMessagesOptions } from './own-messages.ts';

export interface RefusalsOptions extends OwnMessagesOptions {
  readonly budget: Pick<OutgoingBudget, 'send' | 'snapshot'>;
  readonly applicationId: () => string;
  readonly log: Pick<Log, 'debug' | 'warn'>;
  readonly doors: Pick<ChannelDoors, 'isClosed' | 'shut'>;
}

/** One refusal in words for each person in this time; what they ask meanwhile gets a reaction. */
const PER_PERSON_MS = 5000;
/** So long a channel in which the bot may not react gets no marks. */
const UNMARKED_MS = 5 * 60_000;
/** Refusals go before all else, but a flood of them must not take the place of the answers: what is over comes later. */
const MAX_URGENT = 100;
/** Of these, still more stay silent. */
const MAX_LATER = 400;
/** At a question that was not taken, where there are too many to say so in words. */
export const REFUSED_MARK = '🚫';

export interface Refusals {
  /**
   * Tells a person why their question was not taken. `isAgain`: an earlier process may have done so. Rejects where
   * Discord does not answer, and not for what it refuses.
   */
  refuse(run: Run, reason: string, isAgain?: boolean): Promise<void>;
}

export function createRefusals(options: RefusalsOptions): Refusals {
  const { budget, applicationId, log, doors } = options;
  const told = createLruCache<true>({ max: 10_000, ttl: PER_PERSON_MS });
  const unmarked = createLruCache<true>({ max: 1_000, ttl: UNMARKED_MS });

  /** That a mark may not be set says nothing of words. */
  const setMark = async (channelId: string, messageId: string, priority: Priority): Promise<void> => {
    if (unmarked.has(channelId)) return;
    const reaction = `reactions/${encodeURIComponent(REFUSED_MARK)}/@me`;
    try {
      const path = `${Routes.channelMessage(channelId, messageId)}/${reaction}`;
      await budget.send({ method: 'PUT', path, priority });
    } catch (error) {
      if (!(error instanceof DiscordRequestError)) throw error;
      // A person who blocked the bot says nothing of the others.
      if (toShutBy(error.discordCode)) unmarked.set(channelId, true);
      log.debug({ err: error, messageId }, 'the mark of a refusal could not be set');
    }
  };

  const sayInChannel = async (run: Run, messageId: string, reason: string): Promise<void> => {
    const { waiting } = budget.snapshot();
    if (waiting.acknowledgement >= MAX_URGENT && waiting.notice >= MAX_LATER) {
      log.warn({ runId: run.id }, 'too many refusals are waiting: this one stays silent');
      return;
    }
    const priority = waiting.acknowledgement < MAX_URGENT ? 'acknowledgement' : 'notice';
    if (told.has(run.requester.id)) {
      await setMark(toQuestionChannelId(run), messageId, priority);
      return;
    }
    // Only here, so that the time counts from the words: those who go on asking read some every few seconds.
    told.set(run.requester.id, true);
    const body = toMessageBody({ text: reason, replyTo: toReplyTarget(run), nonce: `${run.id}.r` });
    const path = Routes.channelMessages(run.channelId);
    await budget.send({ method: 'POST', path, priority, body: () => body });
  };

  /** The nonce may be forgotten by now, so the channel is read. */
  const isTold = async (run: Run, messageId: string, reason: string): Promise<boolean> => {
    const own = await readOwnMessages(options, { channelId: run.channelId, after: messageId });
    // In a thread of its own it refers to nothing.
    const isIt = toReplyTarget(run)
      ? (message: APIMessage) => toReference(message) === messageId
      : ({ content }: APIMessage) => content === reason;
    return own.some(isIt);
  };

  /** The answer was deferred, perhaps for all to see: that goes, so that only the person reads why. */
  const sayPrivately = async (token: string, isPrivate: boolean, reason: string): Promise<void> => {
    const path = Routes.webhookMessage(applicationId(), token, '@original');
    if (!isPrivate) {
      await budget.send({ method: 'DELETE', path, priority: 'acknowledgement' });
      const body = toMessageBody({ text: reason, isEphemeral: true });
      const followUp = Routes.webhook(applicationId(), token);
      await budget.send({ method: 'POST', path: followUp, priority: 'acknowledgement', body: () => body });
      return;
    }
    const body = toMessageBody({ text: reason });
    await budget.send({ method: 'PATCH', path, priority: 'acknowledgement', body: () => body });
  };

  return {
    async refuse(run, reason, isAgain = false) {
      const { origin } = run;
      if (doors.isClosed(run)) return;
      try {
        if (origin.kind === 'message') {
          if (isAgain && (await isTold(run, origin.messageId, reason))) return;
          await sayInChannel(run, origin.messageId, reason);
        } else await sayPrivately(origin.token, origin.isPrivate, reason);
      } catch (error) {
        if (!(error instanceof DiscordRequestError)) throw error;
        const by = toShutBy(error.discordCode);
        if (by) doors.shut(run, by);
        log.debug({ err: error, runId: run.id }, 'a refusal could not be shown');
      }
    },
  };
}
