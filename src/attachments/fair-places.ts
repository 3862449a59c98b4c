import { createLruCache } from '../lib/lru-cache.ts';

export interface FairPlacesOptions {
  readonly capacity: number;
  /** Of these, what one person may hold. */
  readonly capacityPerUser: number;
}

export interface FairPlaces {
  /** Works while it holds so much, which is dealt out as told below. Rejects with the signal's reason, or as the work. */
  hold<T>(userId: string, amount: number, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

interface Waiter {
  readonly userId: string;
  readonly amount: number;
  readonly enter: () => void;
}

/** What somebody had is held against them for so long after they had it last. */
const MEMORY_MS = 10 * 60_000;
const MAX_USERS = 10_000;

/**
 * Something scarce, dealt fairly among people: whoever holds less of it goes first, and then who had less of it lately,
 * by amount and time; so one person's many or slow files never stand before another's first. Nothing overtakes what is
 * next, so that something large gets its place, too.
 */
export function createFairPlaces({ capacity, capacityPerUser }: FairPlacesOptions): FairPlaces {
  const waiting = new Set<Waiter>();
  const held = new Map<string, number>();
  const served = createLruCache<number>({ max: MAX_USERS, ttl: MEMORY_MS });
  let free = capacity;

  const heldBy = (userId: string): number => held.get(userId) ?? 0;
  const isBefore = (a: Waiter, b: Waiter): boolean => {
    const difference = heldBy(a.userId) - heldBy(b.userId);
    return difference === 0 ? (served.get(a.userId) ?? 0) < (served.get(b.userId) ?? 0) : difference < 0;
  };

  const next = (): Waiter | undefined => {
    let first: Waiter | undefined;
    for (const waiter of waiting) {
      if (heldBy(waiter.userId) + waiter.amount > capacityPerUser) continue;
      if (!first || isBefore(waiter, first)) first = waiter;
    }
    return first;
  };

  const deal = (): void => {
    for (let waiter = next(); waiter && waiter.amount <= free; waiter = next()) {
      waiting.delete(waiter);
      free -= waiter.amount;
      held.set(waiter.userId, heldBy(waiter.userId) + waiter.amount);
      waiter.enter();
    }
  };

  const leave = (userId: string, amount: number): void => {
    free += amount;
    const left = heldBy(userId) - amount;
    if (left > 0) held.set(userId, left);
    else held.delete(userId);
    deal();
  };

  const enter = (userId: string, amount: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => {
        waiting.delete(waiter);
        reject(signal.reason as Error);
        // What stood behind it may fit.
        deal();
      };
      const waiter: Waiter = {
        userId,
        amount,
        enter() {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.add(waiter);
      deal();
    });

  return {
    async hold(userId, wanted, signal, work) {
      const amount = Math.min(wanted, capacity, capacityPerUser);
      await enter(userId, amount, signal);
      const since = performance.now();
      try {
        return await work();
      } finally {
        served.set(userId, (served.get(userId) ?? 0) + amount * (performance.now() - since));
        leave(userId, amount);
      }
    },
  };
}
