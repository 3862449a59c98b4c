import { Bucket, ReadyBuckets } from './bucket.ts';
import type { Entry } from './entry.ts';
import { GlobalWindow } from './global-window.ts';
import { PRIORITIES } from './outgoing-request.ts';
import type { BucketLimits, RateLimitPause } from './rate-limits.ts';
import type { Route } from './route.ts';
import { toRank, toWindowShare } from './window-share.ts';

/** What uses only what a bucket has left over. */
const LEFT_OVER: ReadonlySet<number> = new Set([toRank('notice'), toRank('interim-edit')]);
const SWEEP_MS = 30_000;

export interface SchedulerOptions {
  readonly requestsPerSecond: number;
  /** False: nothing but a 429 holds a request back. */
  readonly isPaced: boolean;
  readonly now: () => number;
  /** Sends the entry; false if there is nothing to send after all. */
  readonly start: (entry: Entry) => boolean;
}

/**
 * Decides which waiting request goes next: the best rank first; within a rank the buckets take turns; none that
 * the learnt limits say would be refused. Constant or logarithmic time per request, and silent when idle.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #window: GlobalWindow;
  readonly #buckets = new Map<string, Bucket>();
  /** Buckets of interaction endpoints wait only for themselves. */
  readonly #exempt = new ReadyBuckets();
  readonly #ready = new ReadyBuckets();
  readonly #waiting = PRIORITIES.map(() => 0);
  #openAnswers = 0;
  #pausedUntil = 0;
  #isPumping = false;
  #wakeTimer: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#window = new GlobalWindow(options.requestsPerSecond);
  }

  add(entry: Entry, where: 'back' | 'front'): void {
    const bucket = this.#bucketOf(entry.route);
    bucket.add(entry, where);
    this.#count(entry, 1);
    this.#place(bucket);
    this.#pump();
  }

  /** Takes out an entry that waits. */
  remove(entry: Entry): void {
    const bucket = this.#bucketOf(entry.route);
    bucket.remove(entry);
    this.#count(entry, -1);
    if (!bucket.hasWaiting(entry.rank)) this.#listOf(bucket).remove(bucket, entry.rank);
  }

  /** The answer to an entry that was started has come, or never will. */
  finished(
    entry: Entry,
    answer: { limits: BucketLimits | undefined; pause: RateLimitPause | undefined },
  ): void {
    const now = this.#options.now();
    const bucket = this.#bucketOf(entry.route);
    bucket.inFlight = false;
    bucket.rate.answered(answer.limits, now);
    if (entry.slot) this.#window.release(entry.slot, now);
    entry.slot = undefined;
    if (answer.pause?.scope === 'global' && !bucket.isExempt) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + answer.pause.retryAfterMs);
    } else if (answer.pause) bucket.rate.pause(answer.pause.retryAfterMs, now);
    this.#place(bucket);
    this.#pump();
  }

  /** An answer is asked for; call the returned function when it is complete. */
  openAnswer(): () => void {
    this.#openAnswers += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#openAnswers -= 1;
    };
  }

  /** A request that somebody else sends counts towards the global limit; call the returned function after it. */
  countForeign(kind: string): () => void {
    const slot = this.#window.take(kind, this.#options.now());
    return () => {
      this.#window.release(slot, this.#options.now());
      this.#pump();
    };
  }

  get windowUsed(): number {
    return this.#window.used(this.#options.now());
  }

  /** Of the window's slots, from 0 to 1: not taken, and not asked for by an answer. */
  get spareShare(): number {
    return Math.max(0, 1 - Math.max(this.#openAnswers, this.windowUsed) / this.#window.limit);
  }

  /** Requests that wait, by rank. */
  get waiting(): readonly number[] {
    return this.#waiting;
  }

  get buckets(): number {
    return this.#buckets.size;
  }

  /** Takes everything out that waits. */
  clear(): Entry[] {
    clearTimeout(this.#wakeTimer);
    clearInterval(this.#sweepTimer);
    const entries: Entry[] = [];
    for (const bucket of this.#buckets.values()) {
      clearTimeout(bucket.wakeTimer);
      this.#listOf(bucket).removeAll(bucket);
      for (const entry of [...bucket.entries()]) {
        bucket.remove(entry);
        this.#count(entry, -1);
        entries.push(entry);
      }
    }
    return entries;
  }

  #count(entry: Entry, change: 1 | -1): void {
    this.#waiting[entry.rank] = (this.#waiting[entry.rank] ?? 0) + change;
  }

  #listOf(bucket: Bucket): ReadyBuckets {
    return bucket.isExempt ? this.#exempt : this.#ready;
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

  /** Puts a bucket in line for every rank in which it may send now, or wakes it when it may. */
  #place(bucket: Bucket): void {
    if (bucket.inFlight || bucket.waiting === 0) return;
    const now = this.#options.now();
    let wakeAt = Infinity;
    for (let rank = 0; rank < PRIORITIES.length; rank += 1) {
      if (!bucket.hasWaiting(rank)) continue;
      const at = this.#mayStartAt(bucket, rank, now);
      if (at <= now) this.#listOf(bucket).add(bucket, rank);
      else wakeAt = Math.min(wakeAt, at);
    }
    if (wakeAt === bucket.wakeAt) return;
    clearTimeout(bucket.wakeTimer);
    bucket.wakeAt = wakeAt;
    if (wakeAt === Infinity) return;
    bucket.wakeTimer = setTimeout(
      () => {
        bucket.wakeAt = Infinity;
        this.#place(bucket);
        this.#pump();
      },
      Math.ceil(wakeAt - now),
    );
  }

  #mayStartAt(bucket: Bucket, rank: number, now: number): number {
    if (!this.#options.isPaced) return bucket.rate.pausedUntil;
    return LEFT_OVER.has(rank) ? bucket.rate.nextLeftOverAt(now) : bucket.rate.nextAt;
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#startNext(this.#exempt, true) || this.#startNext(this.#ready, false));
    } finally {
      this.#isPumping = false;
    }
  }

  #startNext(list: ReadyBuckets, isExempt: boolean): boolean {
    for (let rank = 0; rank < PRIORITIES.length; rank += 1) {
      const bucket = list.first(rank);
      const entry = bucket?.first(rank);
      if (!bucket || !entry) continue;
      if (!isExempt && !this.#isWindowOpen(rank)) {
        this.#wakeLater();
        continue;
      }
      this.#start(bucket, entry);
      return true;
    }
    return false;
  }

  #isWindowOpen(rank: number): boolean {
    const now = this.#options.now();
    if (now < this.#pausedUntil) return false;
    if (!this.#options.isPaced) return true;
    const demand = this.#openAnswers / this.#window.limit;
    return this.#window.used(now) < this.#window.limit * toWindowShare(rank, demand);
  }

  #start(bucket: Bucket, entry: Entry): void {
    this.#listOf(bucket).removeAll(bucket);
    bucket.remove(entry);
    this.#count(entry, -1);
    bucket.inFlight = true;
    const now = this.#options.now();
    if (this.#options.start(entry)) {
      bucket.rate.sent(now);
      if (!bucket.isExempt) entry.slot = this.#window.take(entry.route.template, now);
      return;
    }
    bucket.inFlight = false;
    this.#place(bucket);
  }

  #wakeLater(): void {
    const now = this.#options.now();
    const at = now < this.#pausedUntil ? this.#pausedUntil : this.#window.nextReleaseAt;
    if (at === undefined) return;
    clearTimeout(this.#wakeTimer);
    this.#wakeTimer = setTimeout(
      () => {
        this.#pump();
      },
      Math.max(1, Math.ceil(at - now)),
    );
  }

  #sweep(): void {
    const now = this.#options.now();
    for (const [key, bucket] of this.#buckets) {
      if (!bucket.inFlight && bucket.waiting === 0 && bucket.rate.isIdle(now)) {
        clearTimeout(bucket.wakeTimer);
        this.#buckets.delete(key);
      }
    }
    if (this.#buckets.size === 0) clearInterval(this.#sweepTimer);
  }
}
