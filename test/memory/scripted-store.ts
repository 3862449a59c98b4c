import { StoreUnavailableError } from '../../src/errors.ts';
import type { KeyValueStore } from '../../src/storage/ports.ts';

type Operation = 'get' | 'set' | 'delete';

/** A store in memory that a test can hold up and make fail. Counts what it is asked. */
export class ScriptedStore implements KeyValueStore {
  /** JSON by key. */
  readonly entries = new Map<string, string>();
  readonly calls: Record<Operation, number> = { get: 0, set: 0, delete: 0 };
  readonly ttls = new Map<string, number | undefined>();
  /** Failures still to come, by operation. */
  readonly failures: Record<Operation, number> = { get: 0, set: 0, delete: 0 };
  /** A failing write takes effect all the same, as one whose answer got lost. */
  failsAfterEffect = false;
  #gates: Record<Operation, Promise<void>> = {
    get: Promise.resolve(),
    set: Promise.resolve(),
    delete: Promise.resolve(),
  };

  /** Holds up the calls of an operation from now on, until the returned function is called. */
  hold(operation: Operation): () => void {
    const gate: PromiseWithResolvers<void> = Promise.withResolvers();
    this.#gates[operation] = gate.promise;
    return gate.resolve;
  }

  async get(key: string): Promise<unknown> {
    await this.#begin('get');
    this.#mayFail('get');
    const json = this.entries.get(key);
    return json === undefined ? undefined : (JSON.parse(json) as unknown);
  }

  async set(key: string, value: unknown, options?: { ttlMs?: number }): Promise<void> {
    const json = JSON.stringify(value);
    await this.#begin('set');
    if (!this.failsAfterEffect) this.#mayFail('set');
    this.entries.set(key, json);
    this.ttls.set(key, options?.ttlMs);
    if (this.failsAfterEffect) this.#mayFail('set');
  }

  async delete(key: string): Promise<boolean> {
    await this.#begin('delete');
    this.#mayFail('delete');
    return this.entries.delete(key);
  }

  async #begin(operation: Operation): Promise<void> {
    this.calls[operation] += 1;
    await this.#gates[operation];
  }

  #mayFail(operation: Operation): void {
    if (this.failures[operation] <= 0) return;
    this.failures[operation] -= 1;
    throw new StoreUnavailableError(operation, new Error('scripted'));
  }
}
