import { LRUCache } from 'lru-cache';
import type { Log } from '../observability/log.ts';
import type { Authorize } from '../policy/authorize.ts';
import type { Gaps } from '../runs/gaps.ts';
import type { Admission, Doors, Runs } from '../runs/ports.ts';
import type { Run } from '../runs/run.ts';
import { createArrivals, type Arrivals } from './arrivals.ts';
import type { EchoBreaker } from './echo-breaker.ts';
import type { IncomingMessage, IncomingQuestion, Place } from './incoming.ts';
import { toSettingsAt, type Settings } from './settings/settings.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import type { Threads } from './threads.ts';
import { questionToRun, toQuestionText, toRun, type ToRunOptions } from './to-run.ts';
import { reasonToIgnore, shouldAnswer } from './trigger.ts';

export interface IntakeOptions {
  readonly runs: Runs;
  /** Known once the gateway is ready; asked only for messages, which come later. */
  readonly botUserId: () => string;
  readonly messageContent: boolean;
  readonly authorize: Authorize;
  readonly echoBreaker: EchoBreaker;
  readonly settings: Pick<SettingsStore, 'known' | 'read'>;
  readonly threads: Threads;
  /** What came in stays behind the cursors until it is a run that is written down, or known not to be a question. */
  readonly gaps: Pick<Gaps, 'hold'>;
  /** Where the bot may speak. */
  readonly doors: Doors;
  /** Whether a thread is worth opening for a message: not where its question is going to be refused. */
  readonly mayOpenThread: (message: IncomingMessage) => boolean;
  /** Told what became of each message that asked for an answer. */
  readonly onAdmission: (run: Run, admission: Admission) => void;
  /** Discord's time, epoch ms. */
  readonly now: () => number;
  readonly log: Log;
}

/** As long as Discord may replay a session, and far more questions than one brings. */
const SEEN_TTL_MS = 15 * 60_000;
const MAX_SEEN = 10_000;

/** A message that is edited to call the bot is answered if it is not older than this. */
const LATE_CALL_MS = 5 * 60_000;

type Follow = (message: IncomingMessage, settings: Settings) => Promise<unknown>;

/** Decides which messages become runs, once each. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #arrivals: Arrivals;
  // Every message comes in here, so this one may take all of its memory at once, which is less for each.
  readonly #seen = new LRUCache<string, true>({ max: MAX_SEEN, ttl: SEEN_TTL_MS });
  /** Questions that wait until the bot may speak where they were asked. */
  readonly #held = new Set<string>();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#arrivals = createArrivals({ settings: options.settings, onError: this.#onError });
  }

  /** Returns at once and never throws, whatever the runs do. */
  onMessage(message: IncomingMessage): void {
    if (!this.#isQuestion(message)) return;
    const settle = this.#hold(message);
    this.#arrivals.withSettings(message, (settings) => {
      try {
        this.#take(message, toSettingsAt(settings, message.id), settle);
      } catch (error) {
        settle();
        throw error;
      }
    });
  }

  /**
   * The question has another text: its run follows. A fresh message that calls the bot only now is a question like
   * any other.
   */
  onMessageUpdate(message: IncomingMessage): void {
    this.#update(message, async (edited, settings) => {
      const { createdAt, editedAt = this.#options.now() } = edited;
      if (await this.#edit(edited)) return;
      if (editedAt - createdAt < LATE_CALL_MS) this.#take(edited, settings, this.#hold(edited));
    });
  }

  /** It was edited while nobody listened: its run follows, and what was not a question then is none now. */
  onMissedUpdate(message: IncomingMessage): void {
    this.#update(message, (edited) => this.#edit(edited));
  }

  /** The question is gone: so are its run, its answer and what was remembered of it. */
  onMessageDelete(messageId: string, channelId: string): void {
    this.#held.delete(messageId);
    this.#arrivals.after(channelId, messageId, () => {
      this.#options.runs.forget(messageId).catch(this.#onError);
    });
  }

  /** A question whose interaction is already acknowledged. Rejects when the runs fail. */
  async onQuestion(question: IncomingQuestion): Promise<Admission> {
    if (!this.#isNew(question.interactionId)) return { kind: 'duplicate' };
    return this.#options.runs.submit(questionToRun(question));
  }

  /** `settle` is called when the message is durable, or known to ask for nothing. */
  #take(message: IncomingMessage, settings: Settings, settle: () => void): void {
    const { botUserId, doors, mayOpenThread } = this.#options;
    if (!this.#isAddressed(message, settings) || !this.#isNew(message.id) || !this.#mayAsk(message)) {
      settle();
      return;
    }
    if (this.#needsThread(message, settings) && mayOpenThread(message)) {
      this.#arrivals.holdUp(message.id, async () => {
        try {
          const where = await this.#openThread(message, settings);
          if (where !== 'gone') await this.#submit(message, settings, where);
        } finally {
          settle();
        }
      });
      return;
    }
    if (doors.isClosed(toRun(message, botUserId()))) {
      this.#arrivals.holdUp(message.id, () => this.#submit(message, settings).finally(settle));
      return;
    }
    this.#submit(message, settings).finally(settle).catch(this.#onError);
  }

  async #submit(message: IncomingMessage, settings: Settings, where: ToRunOptions = {}): Promise<void> {
    const { runs, doors, threads, botUserId, onAdmission, log } = this.#options;
    try {
      const run = toRun(message, botUserId(), where);
      if (doors.isClosed(run) && !(await this.#isStillAsked(run))) return;
      const admission = await runs.submit(run, { whileRunning: settings.whileRunning });
      onAdmission(run, admission);
      threads.asked(run.channelId, run.prompt.text, run.requester.id);
    } catch (error) {
      // The claim is given back, so that a second delivery of the message can still be answered.
      this.#seen.delete(message.id);
      log.error({ err: error, runId: message.id }, 'a message could not be taken in');
    }
  }

  /** Waits until the bot may speak in the channel. False: the question is gone meanwhile. */
  async #isStillAsked(run: Run): Promise<boolean> {
    this.#held.add(run.id);
    await new Promise((resolve) => this.#options.doors.awaitOpening(run, resolve));
    return this.#held.delete(run.id);
  }

  #update(message: IncomingMessage, follow: Follow): void {
    const { id, place } = message;
    if (!this.#isAuthorized(message)) return;
    this.#arrivals.withSettings(message, (known) => {
      const settings = toSettingsAt(known, id);
      const isAsking = this.#isAddressed(message, settings);
      this.#arrivals.after(place.channelId, id, () => {
        // A text that the bot may not read any more arrives without words.
        const followed = isAsking ? follow(message, settings) : this.#options.runs.withdraw(id);
        followed.catch(this.#onError);
      });
    });
  }

  #edit({ editedAt = this.#options.now(), ...message }: IncomingMessage): Promise<boolean> {
    return this.#options.runs.edit(toRun(message, this.#options.botUserId()), editedAt);
  }

  #needsThread(message: IncomingMessage, { mode }: Settings): boolean {
    if (message.place.kind !== 'channel') return false;
    return mode === 'threads' || toQuestionText(message, this.#options.botUserId()).isWished;
  }

  /** Where that is not possible, the answer stays where it was asked for and says so. */
  async #openThread(message: IncomingMessage, { mode }: Settings): Promise<ToRunOptions | 'gone'> {
    const { id, place, author } = message;
    if (place.guildId === null) return {};
    const opening = await this.#options.threads.open({
      guildId: place.guildId,
      channelId: place.channelId,
      messageId: id,
      text: toQuestionText(message, this.#options.botUserId()).text,
      requester: author,
      // In a channel of threads it is the moderators who want one.
      roleIds: mode === 'threads' ? null : author.roleIds,
    });
    if (opening.kind === 'gone') return 'gone';
    if (opening.kind === 'refused') return { notice: `${opening.reason} So I answer here.` };
    return { place: toThreadPlace(place, opening.channelId) };
  }

  /** What depends on no settings. */
  #isQuestion(message: IncomingMessage): boolean {
    const reason = reasonToIgnore(message, this.#options.botUserId());
    if (reason === 'own-message' && message.quoted?.authorId) {
      this.#options.echoBreaker.spoke(message.place.channelId, message.quoted.authorId);
    }
    return reason === undefined;
  }

  #isAddressed(message: IncomingMessage, { mode }: Settings): boolean {
    const { botUserId, messageContent } = this.#options;
    return shouldAnswer(message, { botUserId: botUserId(), messageContent, mode }).answer;
  }

  #isNew(id: string): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.set(id, true);
    return true;
  }

  #isAuthorized({ author, place }: IncomingMessage): boolean {
    const actor = {
      userId: author.id,
      isBot: author.isBot || author.isWebhook,
      guildId: place.guildId,
      permissions: null,
      isThreadOwner: false,
    };
    return this.#options.authorize('ask', actor).allowed;
  }

  #mayAsk(message: IncomingMessage): boolean {
    const { author, place } = message;
    if (!this.#isAuthorized(message)) return false;
    if (this.#options.echoBreaker.allows(place.channelId, author.id)) return true;
    const ids = { userId: author.id, channelId: place.channelId };
    this.#options.log.warn(ids, 'a loop of instant answers was cut');
    return false;
  }

  #hold({ id, place }: IncomingMessage): () => void {
    return this.#options.gaps.hold(place.channelId, id);
  }

  readonly #onError = (error: unknown): void => {
    this.#options.log.error({ err: error }, 'intake failed');
  };
}

function toThreadPlace(parent: Place, channelId: string): Place {
  return { ...parent, kind: 'thread', channelId, parentId: parent.channelId, isOwnThread: true };
}
