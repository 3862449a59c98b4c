/** Batches that may follow each other at once, before the pace holds. */
const BURST_BATCHES = 4;

/**
 * Spaces batches out while one follows the other, so that more calls share a transaction, its wait for the disk and
 * its way to the worker and back. A few in a row are not held up, nor are those that many wait for already.
 */
export class BatchPace {
  readonly #intervalMs: number;
  readonly #now: () => number;
  /** When the batches so far are paid for. */
  #paidAt = -Infinity;
  #end: (() => void) | undefined;

  constructor(intervalMs: number, now: () => number = () => performance.now()) {
    this.#intervalMs = intervalMs;
    this.#now = now;
  }

  /** Resolves when the next batch may go. */
  async wait(): Promise<void> {
    const now = this.#now();
    const waitMs = this.#paidAt - now;
    this.#paidAt = Math.max(this.#paidAt, now - BURST_BATCHES * this.#intervalMs) + this.#intervalMs;
    if (waitMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = undefined;
  }

  /** Ends a wait that is under way. */
  hurry(): void {
    this.#end?.();
  }
}
