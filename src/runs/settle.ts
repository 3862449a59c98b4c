import { StoreUnavailableError, UnreadableRecordError } from '../errors.ts';
import { createLruCache } from '../lib/lru-cache.ts';
import type { ConversationMemory } from '../memory/ports.ts';
import type { Log } from '../observability/log.ts';
import type { Answers } from './answers.ts';
import type { BackgroundWork } from '../lib/background-work.ts';
import type { Delivery, Doors, ReplyFactory } from './ports.ts';
import type { Run } from './run.ts';
import type { RunEnding, RunStore } from './run-store.ts';

export interface SettleOptions {
  readonly replies: ReplyFactory;
  /** Without it a channel that is closed stays so. */
  readonly doors?: Doors;
  readonly answers: Answers;
  readonly conversations: ConversationMemory;
  readonly store: RunStore;
  readonly owned: BackgroundWork;
  readonly log: Log;
  /** Before each new try of a delivery, ms. */
  readonly redeliveryDelaysMs?: readonly number[];
}

/** What is left of a run when its outcome is decided: delivery, memory, retirement. */
export interface Settlement {
  /** After a delivery was tried. Whatever is left goes on in the background. */
  delivered(run: Run, ending: RunEnding, delivery: Delivery): void;
  /** The answer stood when an earlier process ended: only memory may be missing. */
  remembered(run: Run, ending: RunEnding, messageIds: readonly string[]): void;
  /**
   * The question is gone: nothing of it is delivered or remembered any more. False: no such run is left here. Throws
   * StoreUnavailableError.
   */
  drop(runId: string): Promise<boolean>;
  /** The run of a question, the first or one that joined, whose answer waits here. */
  find(questionId: string): Run | undefined;
  /**
   * The question has another text: the answer to the old one is not delivered any more. Undefined: nothing of that run
   * is left here.
   */
  takeBack(runId: string): Promise<Left | undefined>;
  /** Ends the waits for a next try; the store keeps what is left for the next process. */
  close(): void;
}

/** A run whose answer waits, and what stands of it. */
export interface Left {
  readonly run: Run;
  readonly messageIds: readonly string[];
}

interface Undelivered {
  readonly run: Run;
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

export function createSettlement(options: SettleOptions): Settlement {
  const { replies, doors, answers, conversations, store, owned, log } = options;
  const { redeliveryDelaysMs = REDELIVERY_DELAYS_MS } = options;
  /** Runs that are not delivered yet. */
  const undelivered = new Map<string, Undelivered>();
  /** Runs that are left to the next start: their questions may still be edited and deleted. */
  const left = createLruCache<Left>({ max: MAX_LEFT });

  const remember = async (run: Run, { turn }: RunEnding, messageIds: readonly string[]): Promise<void> => {
    const isUnwanted = answers.isAnyRemoved(messageIds);
    // Nothing takes the place of the turn that the run had before.
    if (isUnwanted || (!turn && run.replaces))
      await conversations.removeTurn(run.conversationId, run.id, run.createdAt);
    if (!turn || isUnwanted) return;
    const whole = { ...turn, messageIds: [...turn.messageIds, ...messageIds] };
    try {
      await conversations.append(run.conversationId, whole);
    } catch (error) {
      // Only an outage is worth another try, in the next process.
      if (error instanceof StoreUnavailableError && !(error instanceof UnreadableRecordError)) throw error;
      log.error({ err: error, runId: run.id }, 'an answer is not remembered');
    }
  };

  const settle = async (run: Run, ending: RunEnding, messageIds: readonly string[]): Promise<void> => {
    const isGone = ending.outcome.kind === 'cancelled' && ending.outcome.by === 'deleted';
    // What is remembered must be found when its question goes.
    if (!isGone && (messageIds.length > 0 || ending.turn)) answers.keep({ run, messageIds });
    // Both begin now: the next question of the conversation, which follows at once, already sees the turn.
    await Promise.all([store.markDelivered(run.id, messageIds), remember(run, ending, messageIds)]);
    await store.retire(run.id);
  };

  const forget = async (run: Run, messageIds: readonly string[]): Promise<void> => {
    await Promise.all([
      replies.remove(run, messageIds),
      conversations.removeTurn(run.conversationId, run.id),
    ]);
    await store.retire(run.id);
  };

  const tryAgainLater = (late: Undelivered, tries: number): void => {
    const { run } = late;
    const delayMs = redeliveryDelaysMs[tries];
    log.warn({ runId: run.id, tries, delayMs }, 'an answer waits to be delivered');
    if (delayMs === undefined) {
      undelivered.delete(run.id);
      left.set(run.id, { run, messageIds: late.messageIds });
      return;
    }
    const timer = setTimeout(() => {
      goOn(late, deliver(late, tries + 1));
    }, delayMs).unref();
    late.callOff = () => {
      clearTimeout(timer);
    };
  };

  /** What cannot be said in the channel now is said when it can, if that is soon. */
  const tryWhenOpen = (late: Undelivered, tries: number): boolean => {
    if (!doors || tries >= redeliveryDelaysMs.length) return false;
    log.warn({ runId: late.run.id, tries }, 'an answer waits until the bot may speak in its channel');
    late.callOff = doors.awaitOpening(late.run, (isOpen) => {
      goOn(late, isOpen ? deliver(late, tries + 1) : end(late));
    });
    return true;
  };

  const goOn = (late: Undelivered, work: Promise<void>): void => {
    late.callOff = undefined;
    late.trying = work;
    owned.add(work, 'an answer could not be delivered');
  };

  const deliver = async (late: Undelivered, tries: number): Promise<void> => {
    const { run, ending, messageIds } = late;
    const delivery = await replies.open(run, { standing: messageIds }).finish(ending.outcome);
    await afterDelivery(late, delivery, tries);
  };

  const afterDelivery = async (
    late: Undelivered,
    { delivered, isRefused, isClosed, isRemoved, messageIds }: Delivery,
    tries: number,
  ): Promise<void> => {
    late.messageIds = messageIds;
    if (isRemoved) for (const id of messageIds) answers.removed(id);
    if (!delivered && !late.isDropped) {
      if (isClosed && tryWhenOpen(late, tries)) return;
      if (!isRefused && !isClosed) {
        tryAgainLater(late, tries);
        return;
      }
    }
    await end(late);
  };

  const end = async (late: Undelivered): Promise<void> => {
    const { run, ending, messageIds, isDropped } = late;
    undelivered.delete(run.id);
    await (isDropped ? forget(run, messageIds) : settle(run, ending, messageIds));
  };

  return {
    delivered(run, ending, delivery) {
      const trying = Promise.resolve();
      const late: Undelivered = {
        ...{ run, ending, messageIds: [], trying, callOff: undefined, isDropped: false },
      };
      undelivered.set(run.id, late);
      owned.add(afterDelivery(late, delivery, 0), 'the run is kept until its memory is written');
      // The next question of the conversation does not wait for the delivery.
      if (late.callOff) owned.add(remember(run, ending, []), 'memory has to wait for the delivery');
    },
    remembered(run, ending, messageIds) {
      owned.add(settle(run, ending, messageIds), 'the run is kept until its memory is written');
    },
    async drop(runId) {
      const late = undelivered.get(runId);
      if (late) late.isDropped = true;
      if (late?.callOff) {
        late.callOff();
        undelivered.delete(runId);
        left.set(runId, late);
      }
      const kept = left.get(runId);
      if (!kept) return late !== undefined;
      // Found again where the store does not take all of it.
      await forget(kept.run, kept.messageIds);
      left.delete(runId);
      return true;
    },
    find(questionId) {
      for (const { run } of [...left.values(), ...undelivered.values()]) {
        if (run.id === questionId || run.joined?.some(({ id }) => id === questionId)) return run;
      }
      return undefined;
    },
    async takeBack(runId) {
      const kept = left.get(runId);
      left.delete(runId);
      if (kept) return kept;
      const late = undelivered.get(runId);
      await late?.trying.catch(() => undefined);
      const given = left.get(runId);
      left.delete(runId);
      if (!late?.callOff || undelivered.get(runId) !== late) return given;
      late.callOff();
      undelivered.delete(runId);
      return late;
    },
    close() {
      for (const { callOff } of undelivered.values()) callOff?.();
    },
  };
}
