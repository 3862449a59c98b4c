import { createLruCache } from '../lib/lru-cache.ts';
import type { ConversationMemory } from '../memory/ports.ts';
import type { Log } from '../observability/log.ts';
import type { Delivery, Doors, ReplyFactory } from './ports.ts';
import type { Run } from './run.ts';
import type { RunEnding, RunStore } from './run-store.ts';

export interface UndeliveredAnswersOptions {
  readonly replies: Pick<ReplyFactory, 'remove'>;
  readonly doors: Pick<Doors, 'awaitOpening'>;
  readonly conversations: Pick<ConversationMemory, 'removeTurn'>;
  readonly store: Pick<RunStore, 'retire'>;
  readonly log: Log;
  /** Before each new try of a delivery, ms. */
  readonly redeliveryDelaysMs?: readonly number[];
}

/** A run whose answer waits, and what stands of it. */
export interface LeftAnswer {
  readonly run: Run;
  readonly messageIds: readonly string[];
}

/** A run that has ended, and whose answer Discord has not taken. */
export interface Undelivered extends LeftAnswer {
  readonly ending: RunEnding;
  messageIds: readonly string[];
  /** The try under way. */
  trying: Promise<void>;
  /** Calls the next try off; undefined while there is none to wait for. */
  callOff: (() => void) | undefined;
  /** The question is gone. */
  isDropped: boolean;
}

/** About two hours, more and more rarely; then the next start tries again. */
const REDELIVERY_DELAYS_MS = [5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000];

/** Of those that are left to the next start. */
const MAX_LEFT = 1_000;

/** Runs that have ended and are not delivered: each waits here for its next try, its question may still change. */
export class UndeliveredAnswers {
  readonly #options: UndeliveredAnswersOptions;
  readonly #delaysMs: readonly number[];
  readonly #waiting = new Map<string, Undelivered>();
  /** Runs that are left to the next start: their questions may still be edited and deleted. */
  readonly #left = createLruCache<LeftAnswer>({ max: MAX_LEFT });

  constructor(options: UndeliveredAnswersOptions) {
    this.#options = options;
    this.#delaysMs = options.redeliveryDelaysMs ?? REDELIVERY_DELAYS_MS;
  }

  add(run: Run, ending: RunEnding): Undelivered {
    const trying = Promise.resolve();
    const answer = { run, ending, messageIds: [], trying, callOff: undefined, isDropped: false };
    this.#waiting.set(run.id, answer);
    return answer;
  }

  remove({ run }: Undelivered): void {
    this.#waiting.delete(run.id);
  }

  /**
   * Waits for the moment in which another try may help, and calls `then`: with false where it has become certain that
   * none will. After the last try the answer is left to the next start. False: no try will ever help.
   */
  wait(
    answer: Undelivered,
    { isClosed, isRefused }: Delivery,
    tries: number,
    then: (isWorthATry: boolean) => Promise<void>,
  ): boolean {
    const goOn = (isWorthATry: boolean): void => {
      answer.callOff = undefined;
      answer.trying = then(isWorthATry);
    };
    if (isClosed) return this.#waitForOpening(answer, tries, goOn);
    if (isRefused) return false;
    this.#waitForNextTry(answer, tries, goOn);
    return true;
  }

  /** What cannot be said in the channel now is said when it can, if that is soon. */
  #waitForOpening(answer: Undelivered, tries: number, goOn: (isOpen: boolean) => void): boolean {
    const { doors, log } = this.#options;
    if (tries >= this.#delaysMs.length) return false;
    log.warn({ runId: answer.run.id, tries }, 'an answer waits until the bot may speak in its channel');
    answer.callOff = doors.awaitOpening(answer.run, goOn);
    return true;
  }

  #waitForNextTry(answer: Undelivered, tries: number, goOn: (isWorthATry: boolean) => void): void {
    const { run, messageIds } = answer;
    const delayMs = this.#delaysMs[tries];
    this.#options.log.warn({ runId: run.id, tries, delayMs }, 'an answer waits to be delivered');
    if (delayMs === undefined) {
      this.#waiting.delete(run.id);
      this.#left.set(run.id, { run, messageIds });
      return;
    }
    const timer = setTimeout(goOn, delayMs, true).unref();
    answer.callOff = () => {
      clearTimeout(timer);
    };
  }

  /** The run of a question, the first or one that joined, whose answer waits here. */
  find(questionId: string): Run | undefined {
    for (const { run } of [...this.#left.values(), ...this.#waiting.values()]) {
      if (run.id === questionId || run.joined?.some(({ id }) => id === questionId)) return run;
    }
    return undefined;
  }

  /**
   * The question is gone: nothing of it is delivered or remembered any more. False: no such run is left here. Throws
   * StoreUnavailableError.
   */
  async drop(runId: string): Promise<boolean> {
    const answer = this.#waiting.get(runId);
    if (answer) answer.isDropped = true;
    if (answer?.callOff) {
      answer.callOff();
      this.#waiting.delete(runId);
      this.#left.set(runId, answer);
    }
    const left = this.#left.get(runId);
    if (!left) return answer !== undefined;
    // Found again where the store does not take all of it.
    await this.forget(left);
    this.#left.delete(runId);
    return true;
  }

  /** Nothing stays of a run whose question is gone. */
  async forget({ run, messageIds }: LeftAnswer): Promise<void> {
    const { replies, conversations, store } = this.#options;
    await Promise.all([
      replies.remove(run, messageIds),
      conversations.removeTurn(run.conversationId, run.id),
    ]);
    await store.retire(run.id);
  }

  /**
   * The question has another text: the answer to the old one is not delivered any more. Undefined: nothing of that run
   * is left here.
   */
  async takeBack(runId: string): Promise<LeftAnswer | undefined> {
    const left = this.#takeLeft(runId);
    if (left) return left;
    const answer = this.#waiting.get(runId);
    await answer?.trying.catch(() => undefined);
    if (!answer?.callOff || this.#waiting.get(runId) !== answer) return this.#takeLeft(runId);
    answer.callOff();
    this.#waiting.delete(runId);
    return answer;
  }

  #takeLeft(runId: string): LeftAnswer | undefined {
    const left = this.#left.get(runId);
    this.#left.delete(runId);
    return left;
  }

  /** Ends the waits for a next try; the store keeps what is left for the next process. */
  close(): void {
    for (const { callOff } of this.#waiting.values()) callOff?.();
  }
}
