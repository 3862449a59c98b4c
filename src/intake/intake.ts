import { LRUCache } from 'lru-cache';
import type { Log } from '../observability/log.ts';
import { authorize as defaultAuthorize, type Authorize } from '../policy/authorize.ts';
import type { Gaps } from '../runs/gaps.ts';
import type { Admission, Doors, Runs } from '../runs/ports.ts';
import type { Run } from '../runs/run.ts';
import { createAnswerPlaces } from './answer-place.ts';
import { createArrivals } from './arrivals.ts';
import { createEchoBreaker, type EchoBreaker } from './echo-breaker.ts';
import type { IncomingMessage, IncomingQuestion } from './incoming.ts';
import { toSettingsAt, type ChannelMode, type Settings } from './settings/settings.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import type { Threads } from './threads.ts';
import { questionToRun, toRun, type ToRunOptions } from './to-run.ts';
import { reasonToIgnore, shouldAnswer } from './trigger.ts';

export interface IntakeOptions {
  readonly runs: Runs;
  /** Known once the gateway is ready; asked only for messages, which come later. */
  readonly botUserId: () => string;
  readonly messageContent: boolean;
  readonly log: Log;
  readonly authorize?: Authorize;
  readonly echoBreaker?: EchoBreaker;
  /** Without it the defaults hold everywhere. */
  readonly settings?: Pick<SettingsStore, 'known' | 'read'>;
  /** Without it every answer stays where it was asked for. */
  readonly threads?: Threads;
  /** What came in stays behind the cursors until it is a run that is written down, or known not to be a question. */
  readonly gaps?: Pick<Gaps, 'hold'>;
  /** Without it the bot may speak everywhere. */
  readonly doors?: Doors;
  /** Whether a thread is worth opening for a message: not where its question is going to be refused (always). */
  readonly mayOpenThread?: (message: IncomingMessage) => boolean;
  /** Told what became of each message that asked for an answer. */
  readonly onAdmission?: (run: Run, admission: Admission) => void;
  /** Discord's time, epoch ms. */
  readonly now?: () => number;
}

/** The door: decides which messages become runs, once each. */
export interface Intake {
  /** Returns at once and never throws, whatever the runs do. */
  onMessage(message: IncomingMessage): void;
  /**
   * The question has another text: its run follows. A fresh message that calls the bot only now is a question like
   * any other.
   */
  onMessageUpdate(message: IncomingMessage): void;
  /** It was edited while nobody listened: its run follows, and what was not a question then is none now. */
  onMissedUpdate(message: IncomingMessage): void;
  /** The question is gone: so are its run, its answer and what was remembered of it. */
  onMessageDelete(messageId: string, channelId: string): void;
  /** A question whose interaction is already acknowledged. Rejects when the runs fail. */
  onQuestion(question: IncomingQuestion): Promise<Admission>;
}

/** As long as Discord may replay a session, and far more questions than one brings. */
const seenTtlMs = 15 * 60_000;
const maxSeen = 10_000;

/** A message that is edited to call the bot is answered if it is not older than this. */
const lateCallMs = 5 * 60_000;

export function createIntake(options: IntakeOptions): Intake {
  const { runs, botUserId, messageContent, log, threads, doors, now = Date.now } = options;
  const { authorize = defaultAuthorize, echoBreaker = createEchoBreaker(), mayOpenThread } = options;
  // Every message comes in here, so this one may take all of its memory at once, which is less for each.
  const seen = new LRUCache<string, true>({ max: maxSeen, ttl: seenTtlMs });

  /** Questions that wait until the bot may speak where they were asked. */
  const held = new Set<string>();

  const isNew = (id: string): boolean => {
    if (seen.has(id)) return false;
    seen.set(id, true);
    return true;
  };

  const onError = (error: unknown): void => {
    log.error({ err: error }, 'intake failed');
  };
  const arrivals = createArrivals({ settings: options.settings, onError });
  const places = createAnswerPlaces(threads, botUserId);

  /** What depends on no settings: what nobody asked. */
  const isQuestion = (message: IncomingMessage): boolean => {
    const reason = reasonToIgnore(message, botUserId());
    if (reason === 'own-message' && message.quoted?.authorId) {
      echoBreaker.spoke(message.place.channelId, message.quoted.authorId);
    }
    return reason === undefined;
  };

  const isAddressed = (message: IncomingMessage, mode: ChannelMode): boolean =>
    shouldAnswer(message, { botUserId: botUserId(), messageContent, mode }).answer;

  const isAuthorized = ({ author, place }: IncomingMessage): boolean => {
    const actor = {
      userId: author.id,
      isBot: author.isBot || author.isWebhook,
      guildId: place.guildId,
      permissions: null,
      isThreadOwner: false,
    };
    return authorize('ask', actor).allowed;
  };

  const mayAsk = (message: IncomingMessage): boolean => {
    const { author, place } = message;
    if (!isAuthorized(message)) return false;
    if (echoBreaker.allows(place.channelId, author.id)) return true;
    log.warn({ userId: author.id, channelId: place.channelId }, 'a loop of instant answers was cut');
    return false;
  };

  /** Waits for the door of a channel. False: the question is gone meanwhile. */
  const isStillAsked = async (run: Run, atDoor: Doors): Promise<boolean> => {
    held.add(run.id);
    await new Promise((resolve) => atDoor.awaitOpening(run, resolve));
    return held.delete(run.id);
  };

  const submit = async (
    message: IncomingMessage,
    { whileRunning }: Settings,
    toRunOptions: ToRunOptions = {},
  ): Promise<void> => {
    try {
      const run = toRun(message, botUserId(), toRunOptions);
      if (doors?.isClosed(run) && !(await isStillAsked(run, doors))) return;
      const admission = await runs.submit(run, { whileRunning });
      options.onAdmission?.(run, admission);
      threads?.asked(run.channelId, run.prompt.text, run.requester.id);
    } catch (error) {
      // The claim is given back, so that a second delivery of the message can still be answered.
      seen.delete(message.id);
      log.error({ err: error, runId: message.id }, 'a message could not be taken in');
    }
  };

  const hold = ({ id, place }: IncomingMessage): (() => void) =>
    options.gaps?.hold(place.channelId, id) ?? (() => undefined);

  /** `settle` is called when the message is durable, or known to ask for nothing. */
  const take = (message: IncomingMessage, settings: Settings, settle: () => void): void => {
    if (!isAddressed(message, settings.mode) || !isNew(message.id) || !mayAsk(message)) {
      settle();
      return;
    }
    if (!places.needsThread(message, settings) || mayOpenThread?.(message) === false) {
      if (doors?.isClosed(toRun(message, botUserId()))) {
        arrivals.holdUp(message.id, () => submit(message, settings).finally(settle));
      } else submit(message, settings).finally(settle).catch(onError);
      return;
    }
    arrivals.holdUp(message.id, async () => {
      try {
        const where = await places.openThread(message, settings);
        if (where !== 'gone') await submit(message, settings, where);
      } finally {
        settle();
      }
    });
  };

  const edit = ({ editedAt = now(), ...message }: IncomingMessage): Promise<boolean> =>
    runs.edit(toRun(message, botUserId()), editedAt);

  const editOrTake = async (message: IncomingMessage, settings: Settings): Promise<void> => {
    const { createdAt, editedAt = now() } = message;
    if (await edit(message)) return;
    if (editedAt - createdAt < lateCallMs) take(message, settings, hold(message));
  };

  type Follow = (message: IncomingMessage, settings: Settings) => Promise<unknown>;
  const update = (message: IncomingMessage, follow: Follow): void => {
    const { id, place } = message;
    if (!isAuthorized(message)) return;
    arrivals.withSettings(message, (known) => {
      const settings = toSettingsAt(known, id);
      const isAsking = isAddressed(message, settings.mode);
      arrivals.after(place.channelId, id, () => {
        // A text that the bot may not read any more arrives without words.
        const followed = isAsking ? follow(message, settings) : runs.withdraw(id);
        followed.catch(onError);
      });
    });
  };

  return {
    onMessage(message) {
      if (!isQuestion(message)) return;
      const settle = hold(message);
      arrivals.withSettings(message, (settings) => {
        try {
          take(message, toSettingsAt(settings, message.id), settle);
        } catch (error) {
          settle();
          throw error;
        }
      });
    },
    onMessageUpdate(message) {
      update(message, editOrTake);
    },
    onMissedUpdate(message) {
      update(message, edit);
    },
    onMessageDelete(messageId, channelId) {
      held.delete(messageId);
      arrivals.after(channelId, messageId, () => {
        runs.forget(messageId).catch(onError);
      });
    },
    async onQuestion(question) {
      if (!isNew(question.interactionId)) return { kind: 'duplicate' };
      return runs.submit(questionToRun(question));
    },
  };
}
