/** Who waits: `signal` is read only where there is something to wait for. */
interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Work of one key in the order of the calls. It starts at once where nothing of its key is under way; different keys do
 * not wait for each other, and a key is forgotten with its last work. Work whose signal aborts before its turn rejects
 * with the signal's reason and is never started.
 */
export class KeyedOrder {
  /** Settles, and leaves the map, with the last work of its key. */
  readonly #last = new Map<string, Promise<void>>();

  run<T>(key: string, work: () => Promise<T>, waiting?: Waiting): Promise<T> {
    const result = this.after(key, work, waiting);
    const leave = (): void => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    };
    const settled = result.then(leave, leave);
    this.#last.set(key, settled);
    return result;
  }

  /** Waits for the work before it, and holds up none behind it. */
  after<T>(key: string, work: () => Promise<T>, waiting?: Waiting): Promise<T> {
    const earlier = this.#last.get(key);
    if (!earlier) return work();
    return earlier.then(() => {
      waiting?.signal?.throwIfAborted();
      return work();
    });
  }

  /** Whether work of that key is under way. */
  has(key: string): boolean {
    return this.#last.has(key);
  }

  /** Keys with work under way. */
  get size(): number {
    return this.#last.size;
  }
}
