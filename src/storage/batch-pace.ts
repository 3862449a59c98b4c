/** Batches that may follow each other at once, before the pace holds. */
const BURST_BATCHES = 4;

/**
 * Spaces batches out while one follows the other, so that more calls share a transaction, its wait for the disk and
 * its way to the worker and back. A few in a row are not held up, nor is one that is hurried.
 */
export class BatchPace {
  readonly #intervalMs: number;
  readonly #now: () => number;
  /** When the batches so far are paid for. */
  #paidAt = -Infinity;
  #isHurried = false;
  #end: (() => void) | undefined;

  constructor(intervalMs: number, now: () => number = () => performance.now()) {
    this.#intervalMs = intervalMs;
    this.#now = now;
  }

  /** Resolves when the next batch may go. */
  async wait(): Promise<void> {
    const waitMs = this.#paidAt - this.#now();
    if (waitMs > 0 && !this.#isHurried) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const now = this.#now();
    // One that was hurried is not paid for beyond the interval: the next one would wait for both.
    this.#paidAt =
      Math.max(Math.min(this.#paidAt, now), now - BURST_BATCHES * this.#intervalMs) + this.#intervalMs;
    this.#end = undefined;
    this.#isHurried = false;
  }

  /** The next batch goes at once, whether its wait is under way or not. */
  hurry(): void {
    this.#isHurried = true;
    this.#end?.();
  }
}
