import { StoreUnavailableError } from '../errors.ts';
import { withDeadline, type Deadline } from '../lib/abort.ts';

/**
 * The way into a store, which every call takes: closed, it turns calls away; each call ends by its deadline; and
 * whatever goes wrong is a StoreUnavailableError, but for the reason of a signal that aborts.
 */
export class StoreGate {
  readonly #timeoutMs: number;
  #active = 0;
  #isClosed = false;
  readonly #drained: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** `operation` is what errors say. */
  async pass<T>(
    operation: string,
    signal: AbortSignal | undefined,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    if (this.#isClosed) throw new StoreUnavailableError(operation, new Error('The store is closed'));
    this.#active += 1;
    try {
      return await withDeadline(operation, this.#timeoutMs, signal, work);
    } catch (error) {
      if (signal?.aborted || error instanceof StoreUnavailableError) throw error;
      throw new StoreUnavailableError(operation, error);
    } finally {
      this.#active -= 1;
      this.#tellDrained();
    }
  }

  /** Resolves when every call that passed has settled. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#tellDrained();
    return this.#drained.promise;
  }

  #tellDrained(): void {
    if (this.#isClosed && this.#active === 0) this.#drained.resolve();
  }
}
