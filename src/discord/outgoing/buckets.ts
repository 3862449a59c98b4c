import { Bucket } from './bucket.ts';
import type { Entry } from './entry.ts';
import { PRIORITIES } from './outgoing-request.ts';
import type { BucketLimits } from './outgoing-request.ts';
import type { Route } from './route.ts';

export interface BucketsOptions {
  /** False: nothing but a 429 holds a request back. */
  readonly isPaced: boolean;
  readonly now: () => number;
  /** A bucket that had to wait may send now. */
  readonly onReady: () => void;
}

const SWEEP_MS = 30_000;

/**
 * All that waits, by what Discord counts together. One request of a bucket is in flight at a time, and none is ready
 * that the learnt limits say would be refused. Silent when idle.
 */
export class Buckets {
  readonly #options: BucketsOptions;
  readonly #buckets = new Map<string, Bucket>();
  /** Buckets that may send now, by rank; within a rank they take turns, which is the order of the set. */
  readonly #ready = PRIORITIES.map(() => new Set<Bucket>());
  /** The same of interaction endpoints, which wait for nothing but themselves. */
  readonly #readyExempt = PRIORITIES.map(() => new Set<Bucket>());
  readonly #waiting = PRIORITIES.map(() => 0);
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(options: BucketsOptions) {
    this.#options = options;
  }

  /** Requests that wait, by rank. */
  get waiting(): readonly number[] {
    return this.#waiting;
  }

  get size(): number {
    return this.#buckets.size;
  }

  add(entry: Entry, where: 'back' | 'front'): void {
    const bucket = this.#bucketOf(entry.route);
    bucket.add(entry, where);
    this.#count(entry, 1);
    this.#lineUp(bucket);
  }

  /** Takes out an entry that waits. */
  remove(entry: Entry): void {
    const bucket = this.#bucketOf(entry.route);
    bucket.remove(entry);
    this.#count(entry, -1);
    if (!bucket.first(entry.rank)) this.#readyLike(bucket)[entry.rank]?.delete(bucket);
  }

  /** The one whose turn it is within a rank, of those that count towards the global limit. */
  first(rank: number): Entry | undefined {
    return firstOf(this.#ready[rank], rank);
  }

  /** The one whose turn it is, of those that do not. */
  firstExempt(): Entry | undefined {
    for (let rank = 0; rank < PRIORITIES.length; rank += 1) {
      const entry = firstOf(this.#readyExempt[rank], rank);
      if (entry) return entry;
    }
    return undefined;
  }

  /** An entry goes out: its bucket is busy until the answer. */
  sent(entry: Entry, now: number): void {
    this.remove(entry);
    const bucket = this.#bucketOf(entry.route);
    for (const buckets of this.#readyLike(bucket)) buckets.delete(bucket);
    bucket.inFlight = true;
    bucket.rate.sent(now);
  }

  /** The answer has come, or never will. */
  answered(entry: Entry, limits: BucketLimits | undefined, pauseMs: number | undefined, now: number): void {
    const bucket = this.#bucketOf(entry.route);
    bucket.inFlight = false;
    bucket.rate.answered(limits, now);
    if (pauseMs !== undefined) bucket.rate.pause(pauseMs, now);
    this.#lineUp(bucket);
  }

  /** Ends all timers. */
  close(): void {
    clearInterval(this.#sweepTimer);
    for (const bucket of this.#buckets.values()) clearTimeout(bucket.wakeTimer);
  }

  #count(entry: Entry, change: 1 | -1): void {
    this.#waiting[entry.rank] = (this.#waiting[entry.rank] ?? 0) + change;
  }

  #readyLike(bucket: Bucket): readonly Set<Bucket>[] {
    return bucket.isExempt ? this.#readyExempt : this.#ready;
  }

  #bucketOf(route: Route): Bucket {
    let bucket = this.#buckets.get(route.bucketKey);
    if (bucket) return bucket;
    bucket = new Bucket(route);
    this.#buckets.set(route.bucketKey, bucket);
    if (this.#buckets.size === 1) {
      clearInterval(this.#sweepTimer);
      this.#sweepTimer = setInterval(() => {
        this.#sweep();
      }, SWEEP_MS).unref();
    }
    return bucket;
  }

  /** Makes a bucket ready in every rank in which it may send now, or wakes it when it may. */
  #lineUp(bucket: Bucket): void {
    if (bucket.inFlight || bucket.isEmpty) return;
    const now = this.#options.now();
    let wakeAt = Infinity;
    const ready = this.#readyLike(bucket);
    for (let rank = 0; rank < ready.length; rank += 1) {
      if (!bucket.first(rank)) continue;
      const at = this.#options.isPaced ? bucket.rate.nextAt(rank, now) : bucket.rate.pausedUntil;
      if (at <= now) ready[rank]?.add(bucket);
      else wakeAt = Math.min(wakeAt, at);
    }
    if (wakeAt === bucket.wakeAt) return;
    clearTimeout(bucket.wakeTimer);
    bucket.wakeAt = wakeAt;
    if (wakeAt === Infinity) return;
    bucket.wakeTimer = setTimeout(
      () => {
        bucket.wakeAt = Infinity;
        this.#lineUp(bucket);
        this.#options.onReady();
      },
      Math.ceil(wakeAt - now),
    );
  }

  #sweep(): void {
    const now = this.#options.now();
    for (const [key, bucket] of this.#buckets) {
      if (!bucket.inFlight && bucket.isEmpty && bucket.rate.isIdle(now)) {
        clearTimeout(bucket.wakeTimer);
        this.#buckets.delete(key);
      }
    }
    if (this.#buckets.size === 0) clearInterval(this.#sweepTimer);
  }
}

function firstOf(buckets: ReadonlySet<Bucket> | undefined, rank: number): Entry | undefined {
  if (!buckets?.size) return undefined;
  const [bucket] = buckets;
  return bucket?.first(rank);
}
