import { ModelError } from '../errors.ts';
import type { CallEnd } from './model-error.ts';

export interface AdaptiveLimitOptions {
  /** Calls at once while all is well: an integer of at least 1. */
  readonly maxConcurrentCalls: number;
  /** A pause that the server asks for and that is longer than this is not waited for: calls fail at once. */
  readonly maxWaitMs?: number;
  /** Monotonic, in ms. */
  readonly now?: () => number;
}

/** Leave to make one call. */
export interface Permit {
  /** Gives the place back and says how the call ended; further calls do nothing. */
  release(end: CallEnd): void;
}

export interface AdaptiveLimit {
  /**
   * Waits for its turn, first come, first served. Rejects with the signal's reason on abort, and with ModelError
   * `rate-limited` where the server has asked for a pause longer than `maxWaitMs`.
   */
  acquire(signal: AbortSignal): Promise<Permit>;
  /** A permit, where one is free now and nobody waits for it. */
  tryAcquire(): Permit | undefined;
  /** How many calls may be made at once just now; a whole number from 1 to the maximum. */
  readonly limit: number;
  readonly active: number;
  readonly waiting: number;
}

interface Waiter {
  readonly grant: (permit: Permit) => void;
  readonly refuse: (error: ModelError) => void;
}

const DEFAULT_MAX_WAIT_MS = 60_000;
/** A server that names a day is asked again after an hour. */
const MAX_PAUSE_MS = 3_600_000;
/** From one call at once back to the maximum in about this many round trips. */
const ROUND_TRIPS_TO_RECOVER = 16;

/**
 * Bounds the calls to one provider and finds out how many it bears: a refusal for load halves the limit, once per
 * round trip (calls that had begun before the last cut say nothing new), and each answer raises it a little until
 * it is back at the maximum. `Retry-After` holds all calls back until its time is over.
 */
export function createAdaptiveLimit(options: AdaptiveLimitOptions): AdaptiveLimit {
  const { maxConcurrentCalls, maxWaitMs = DEFAULT_MAX_WAIT_MS, now = () => performance.now() } = options;
  if (!Number.isInteger(maxConcurrentCalls) || maxConcurrentCalls < 1) {
    throw new RangeError(`maxConcurrentCalls must be an integer of at least 1, not ${maxConcurrentCalls}`);
  }
  const step = Math.max(1, maxConcurrentCalls / ROUND_TRIPS_TO_RECOVER);
  const waiters = new Set<Waiter>();
  let limit = maxConcurrentCalls;
  let active = 0;
  let cuts = 0;
  let pausedUntil = -Infinity;
  let resumeTimer: NodeJS.Timeout | undefined;

  const adapt = (end: CallEnd, cutsAtStart: number): void => {
    if (end.kind === 'answered') limit = Math.min(maxConcurrentCalls, limit + step / limit);
    if (end.kind !== 'failed' || !isOverload(end.error)) return;
    if (cutsAtStart === cuts) {
      limit = Math.max(1, limit / 2);
      cuts += 1;
    }
    const { retryAfterMs } = end.error;
    if (retryAfterMs !== undefined)
      pausedUntil = Math.max(pausedUntil, now() + Math.min(retryAfterMs, MAX_PAUSE_MS));
  };

  const createPermit = (): Permit => {
    const cutsAtStart = cuts;
    let isHeld = true;
    active += 1;
    return {
      release(end) {
        if (!isHeld) return;
        isHeld = false;
        active -= 1;
        adapt(end, cutsAtStart);
        serve();
      },
    };
  };

  /** Lets in whoever may go, in order. */
  const serve = (): void => {
    clearTimeout(resumeTimer);
    const pauseMs = pausedUntil - now();
    for (const waiter of waiters) {
      if (pauseMs > maxWaitMs) waiter.refuse(toRefusal(pauseMs));
      else if (pauseMs > 0 || active >= Math.floor(limit)) break;
      else waiter.grant(createPermit());
    }
    if (waiters.size > 0 && pauseMs > 0) resumeTimer = setTimeout(serve, pauseMs);
  };

  return {
    tryAcquire() {
      const isFree = waiters.size === 0 && active < Math.floor(limit) && pausedUntil <= now();
      return isFree ? createPermit() : undefined;
    },
    acquire(signal) {
      return new Promise<Permit>((resolve, reject) => {
        signal.throwIfAborted();
        const leave = (): void => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', onAbort);
        };
        const waiter: Waiter = {
          grant(permit) {
            leave();
            resolve(permit);
          },
          refuse(error) {
            leave();
            reject(error);
          },
        };
        const onAbort = (): void => {
          leave();
          reject(signal.reason as Error);
          // Who left may have been the last to wait for the end of a pause.
          serve();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiters.add(waiter);
        serve();
      });
    },
    get limit() {
      return Math.floor(limit);
    },
    get active() {
      return active;
    },
    get waiting() {
      return waiters.size;
    },
  };
}

function isOverload({ kind }: ModelError): boolean {
  return kind === 'rate-limited' || kind === 'unavailable';
}

function toRefusal(pauseMs: number): ModelError {
  return new ModelError('rate-limited', 'The model server asked for a long pause, which is not over yet', {
    retryAfterMs: Math.ceil(pauseMs),
  });
}
