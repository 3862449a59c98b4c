import { setTimeout } from 'node:timers/promises';
import type { LaneLimits } from './lanes.ts';
import type { BackgroundWork } from '../lib/background-work.ts';
import type { Admission, ReplyFactory, RunObserver } from './ports.ts';
import type { Run } from './run.ts';
import type { RunStore } from './run-store.ts';

export const FULL_REASON = 'Too many questions are waiting just now. Please try again in a minute.';
export const CLOSED_REASON = 'I may not speak in that channel.';

export function toUserFullReason({ maxPendingPerUser: count }: LaneLimits): string {
  const questions = count === 1 ? 'question' : 'questions';
  return `You already have ${count} ${questions} waiting. Please ask again when one is answered.`;
}

export interface RefusalsOptions {
  readonly replies: Pick<ReplyFactory, 'refuse'>;
  readonly store: RunStore;
  readonly observer: Pick<RunObserver, 'refused'>;
  readonly owned: BackgroundWork;
  /** Before each new try to tell it to a Discord that did not answer, ms. */
  readonly refusalDelaysMs?: readonly number[];
}

const RETRY_DELAYS_MS = [2_000, 10_000, 60_000];

/** Questions that are not taken, each of which is told so once. */
export interface Refusals {
  /** `isAgain`: it was taken before, and what came of that stands. */
  refuse(run: Run, reason: string, options?: { readonly isAgain?: boolean }): Admission;
  /** A process was about to tell it when it ended. The same again is seen once. */
  tellAgain(run: Run, reason: string): void;
}

export function createRefusals(options: RefusalsOptions): Refusals {
  const { replies, store, observer, owned, refusalDelaysMs: retryDelaysMs = RETRY_DELAYS_MS } = options;
  const tell = async (run: Run, reason: string, isAgain: boolean): Promise<void> => {
    await tryToTell(run, reason, isAgain);
    await store.retire(run.id);
  };

  /** While Discord is away it is tried again for a while; then the next process does. */
  const tryToTell = async (run: Run, reason: string, isAgain: boolean, tries = 0): Promise<void> => {
    try {
      await replies.refuse(run, reason, isAgain);
    } catch (error) {
      const delayMs = retryDelaysMs[tries];
      if (delayMs === undefined) throw error;
      await setTimeout(delayMs, undefined, { ref: false });
      await tryToTell(run, reason, true, tries + 1);
    }
  };

  /** A refusal is an outcome as well: the message is claimed, so that it gets no other when it comes again. */
  const claimAndTell = async (run: Run, reason: string): Promise<void> => {
    if (!(await store.admit(run, { isAgain: false }))) return;
    const outcome = { kind: 'failed', text: '', notice: reason } as const;
    await store.end(run.id, { outcome, turn: null, refusal: reason });
    await tell(run, reason, false);
  };

  return {
    refuse(run, reason, { isAgain = false } = {}) {
      observer.refused();
      const told = isAgain ? replies.refuse(run, reason) : claimAndTell(run, reason);
      owned.add(told, 'a refusal could not be sent');
      return { kind: 'refused', reason };
    },
    tellAgain(run, reason) {
      owned.add(tell(run, reason, true), 'a refusal could not be sent');
    },
  };
}
