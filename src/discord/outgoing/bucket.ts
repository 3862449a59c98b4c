import type { Entry } from './entry.ts';
import { PRIORITIES, toRank } from './outgoing-request.ts';
import type { BucketLimits } from './outgoing-request.ts';
import type { Route } from './route.ts';

/** What uses only what a bucket has left over. */
const LEFT_OVER: ReadonlySet<number> = new Set([toRank('notice'), toRank('interim-edit')]);
/** The server's clock and ours round differently. */
const SAFETY_MS = 5;
/** Of each window this share stays for texts that must go out, whatever the others would like. */
const RESERVE_SHARE = 0.2;

/** What Discord counts together: the requests that wait for it, and what is known of its rate. */
export class Bucket {
  readonly isExempt: boolean;
  readonly rate = new BucketRate();
  inFlight = false;
  wakeTimer: NodeJS.Timeout | undefined;
  wakeAt = Infinity;
  /** By rank, each in its order. */
  readonly #lanes: readonly Entry[][] = PRIORITIES.map(() => []);
  #waiting = 0;

  constructor({ isExempt }: Route) {
    this.isExempt = isExempt;
  }

  add(entry: Entry, where: 'back' | 'front'): void {
    const lane = this.#laneOf(entry.rank);
    if (where === 'back') lane.push(entry);
    else lane.unshift(entry);
    this.#waiting += 1;
  }

  remove(entry: Entry): void {
    const lane = this.#laneOf(entry.rank);
    const index = lane.indexOf(entry);
    if (index < 0) return;
    lane.splice(index, 1);
    this.#waiting -= 1;
  }

  first(rank: number): Entry | undefined {
    return this.#lanes[rank]?.[0];
  }

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  #laneOf(rank: number): Entry[] {
    const lane = this.#lanes[rank];
    if (!lane) throw new RangeError(`There is no rank ${rank}`);
    return lane;
  }
}

/** What is known of one bucket, learnt from its answers. One request is in flight at a time. */
class BucketRate {
  #limit = Infinity;
  #remaining = Infinity;
  #resetAt = 0;
  #windowMs = 0;
  #sentAt = -Infinity;
  #pausedUntil = 0;

  /** A request goes out now. */
  sent(now: number): void {
    this.#sentAt = now;
    if (now >= this.#resetAt) {
      this.#remaining = this.#limit;
      this.#resetAt = now + this.#windowMs;
    }
    this.#remaining -= 1;
  }

  /** Its answer came; without `limits` (the route has none, or nothing came back) the worst is assumed. */
  answered(limits: BucketLimits | undefined, now: number): void {
    if (!limits) {
      if (this.#windowMs > 0) this.#resetAt = now + this.#windowMs;
      return;
    }
    const opensWindow = limits.remaining === limits.limit - 1;
    if (opensWindow || limits.limit !== this.#limit) this.#windowMs = limits.resetAfterMs;
    this.#limit = limits.limit;
    this.#remaining = limits.remaining;
    this.#resetAt = now + limits.resetAfterMs + SAFETY_MS;
  }

  pause(ms: number, now: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, now + ms + SAFETY_MS);
  }

  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** When the next request of a rank may go; may lie in the past. */
  nextAt(rank: number, now: number): number {
    const unrefusedAt = Math.max(this.#pausedUntil, this.#remaining > 0 ? 0 : this.#resetAt);
    return LEFT_OVER.has(rank) ? Math.max(unrefusedAt, this.#leftOverAt(now)) : unrefusedAt;
  }

  /** Nothing of it matters any more. */
  isIdle(now: number): boolean {
    return now >= this.#pausedUntil && now >= this.#resetAt && now >= this.#sentAt + this.#windowMs;
  }

  /** Spread evenly over the window, leaving a reserve. */
  #leftOverAt(now: number): number {
    if (this.#limit === Infinity) return 0;
    const reserve = Math.min(Math.ceil(this.#limit * RESERVE_SHARE), this.#limit - 1);
    const spacedAt = this.#sentAt + this.#windowMs / (this.#limit - reserve);
    const isReserveLeft = this.#remaining > reserve || now >= this.#resetAt;
    return Math.max(spacedAt, isReserveLeft ? 0 : this.#resetAt);
  }
}
