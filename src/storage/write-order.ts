import type { Deadline } from '../lib/abort.ts';

/**
 * Holds calls on a key back until the writes before them have settled, even those whose callers stopped waiting: so
 * a late write never lands on a newer one. Work whose `deadline` is over by then is never started.
 */
export class WriteOrder {
  /** The last write of each key; gone when it has settled. */
  readonly #writes = new Map<string, Promise<void>>();

  read<T>(key: string, deadline: Pick<Deadline, 'signal'>, work: () => Promise<T>): Promise<T> {
    const earlier = this.#writes.get(key);
    if (earlier === undefined) return work();
    return earlier.then(() => {
      deadline.signal.throwIfAborted();
      return work();
    });
  }

  write<T>(key: string, deadline: Pick<Deadline, 'signal'>, work: () => Promise<T>): Promise<T> {
    const written = this.read(key, deadline, work);
    const leave = (): void => {
      if (this.#writes.get(key) === settled) this.#writes.delete(key);
    };
    const settled = written.then(leave, leave);
    this.#writes.set(key, settled);
    return written;
  }
}
