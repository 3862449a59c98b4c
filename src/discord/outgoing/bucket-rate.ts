import type { BucketLimits } from './rate-limits.ts';

/** The server's clock and ours round differently. */
const SAFETY_MS = 5;
/** Of each window this share stays for texts that must go out, whatever the others would like. */
const RESERVE_SHARE = 0.2;

/** What is known of one bucket, learnt from its answers. One request is in flight at a time. */
export class BucketRate {
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

  /** When the next request would not be refused; may lie in the past. */
  get nextAt(): number {
    return Math.max(this.#pausedUntil, this.#remaining > 0 ? 0 : this.#resetAt);
  }

  /** When the next request may go that is not urgent: spread evenly over the window, leaving a reserve. */
  nextLeftOverAt(now: number): number {
    if (this.#limit === Infinity) return this.nextAt;
    const reserve = Math.min(Math.ceil(this.#limit * RESERVE_SHARE), this.#limit - 1);
    const spacedAt = this.#sentAt + this.#windowMs / (this.#limit - reserve);
    const isReserveLeft = this.#remaining > reserve || now >= this.#resetAt;
    return Math.max(this.nextAt, spacedAt, isReserveLeft ? 0 : this.#resetAt);
  }

  /** Nothing of it matters any more. */
  isIdle(now: number): boolean {
    return now >= this.#pausedUntil && now >= this.#resetAt && now >= this.#sentAt + this.#windowMs;
  }
}
