import { untilAborted } from '../lib/abort.ts';

/** Runs work of one key one after another, in the order of the calls; different keys do not wait for each other. */
export class KeyedLock {
  /** Settles, and leaves the map, with the last work of its key. */
  readonly #last = new Map<string, Promise<void>>();

  /** Rejects with the signal's reason, and never starts the work, if it aborts before the work's turn. */
  run<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const earlier = this.#last.get(key) ?? Promise.resolve();
    const result = earlier.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    const leave = (): void => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    };
    const settled = result.then(leave, leave);
    this.#last.set(key, settled);
    return untilAborted(result, signal);
  }

  /** Keys with work under way or waiting. */
  get size(): number {
    return this.#last.size;
  }
}
