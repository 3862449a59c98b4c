import { LRUCache } from 'lru-cache';
import type { Log } from '../observability/log.ts';
import { authorize as defaultAuthorize, type Authorize } from '../policy/authorize.ts';
import type { Admission, Runs } from '../runs/ports.ts';
import { createEchoBreaker, type EchoBreaker } from './echo-breaker.ts';
import type { IncomingMessage, IncomingQuestion } from './incoming.ts';
import { questionToRun, toRun } from './to-run.ts';
import { shouldAnswer } from './trigger.ts';

export interface IntakeOptions {
  readonly runs: Runs;
  /** Known once the gateway is ready; asked only for messages, which come later. */
  readonly botUserId: () => string;
  readonly messageContent: boolean;
  readonly log: Log;
  readonly authorize?: Authorize;
  readonly echoBreaker?: EchoBreaker;
}

/** The door: decides which messages become runs, once each. */
export interface Intake {
  /** Returns at once and never throws, whatever the runs do. */
  onMessage(message: IncomingMessage): void;
  /** The question is gone: so is its run. */
  onMessageDelete(messageId: string): void;
  /** A question whose interaction is already acknowledged. Rejects when the runs fail. */
  onQuestion(question: IncomingQuestion): Promise<Admission>;
}

/** As long as Discord may replay a session, and far more questions than one brings. */
const seenTtlMs = 15 * 60_000;
const maxSeen = 10_000;

export function createIntake(options: IntakeOptions): Intake {
  const { runs, botUserId, messageContent, log } = options;
  const { authorize = defaultAuthorize, echoBreaker = createEchoBreaker() } = options;
  const seen = new LRUCache<string, true>({ max: maxSeen, ttl: seenTtlMs });

  const isNew = (id: string): boolean => {
    if (seen.has(id)) return false;
    seen.set(id, true);
    return true;
  };

  const isAddressed = (message: IncomingMessage): boolean => {
    const { answer, reason } = shouldAnswer(message, { botUserId: botUserId(), messageContent });
    if (reason === 'own-message' && message.quoted?.authorId) {
      echoBreaker.spoke(message.place.channelId, message.quoted.authorId);
    }
    return answer;
  };

  const mayAsk = ({ author, place }: IncomingMessage): boolean => {
    const actor = {
      userId: author.id,
      isBot: author.isBot || author.isWebhook,
      guildId: place.guildId,
      permissions: null,
      isThreadOwner: false,
    };
    if (!authorize('ask', actor).allowed) return false;
    if (echoBreaker.allows(place.channelId, author.id)) return true;
    log.warn({ userId: author.id, channelId: place.channelId }, 'a loop of instant answers was cut');
    return false;
  };

  const submit = async (message: IncomingMessage): Promise<void> => {
    try {
      await runs.submit(toRun(message, botUserId()));
    } catch (error) {
      // The claim is given back, so that a second delivery of the message can still be answered.
      seen.delete(message.id);
      log.error({ err: error, runId: message.id }, 'a message could not be taken in');
    }
  };

  return {
    onMessage(message) {
      if (!isAddressed(message) || !isNew(message.id) || !mayAsk(message)) return;
      submit(message).catch((error: unknown) => {
        log.error({ err: error }, 'intake failed');
      });
    },
    onMessageDelete(messageId) {
      runs.stop({ runId: messageId }, 'requester');
    },
    async onQuestion(question) {
      if (!isNew(question.interactionId)) return { kind: 'duplicate' };
      return runs.submit(questionToRun(question));
    },
  };
}
