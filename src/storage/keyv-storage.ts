import { StoreUnavailableError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import { createCallGate } from './call-gate.ts';
import { createKeyvStore, type StorageAdapter } from './keyv-store.ts';
import type { KeyValueStore, Storage } from './ports.ts';
import type { RunTable } from './run-table.ts';

export interface KeyvStorageOptions {
  /** A new adapter on the same engine for each namespace; see StorageAdapter. */
  readonly createAdapter: () => StorageAdapter;
  readonly runs: RunTable;
  /** Each call's deadline. */
  readonly timeoutMs: number;
  readonly ping: () => Promise<unknown>;
  /** Called once, when no call is under way any more. */
  readonly close: () => Promise<void>;
}

/** A Storage over any engine that Keyv has an adapter for. */
export function createKeyvStorage({
  createAdapter,
  runs,
  timeoutMs,
  ping,
  close,
}: KeyvStorageOptions): Storage {
  // One store for a name, since the store keeps order per key. Names stand in the program, so they are few.
  const stores = new Map<string, KeyValueStore>();
  const gate = createCallGate();
  let closed: Promise<void> | undefined;
  return {
    runs,
    namespace(name) {
      if (!/^[a-z][a-z-]*$/.test(name)) throw new RangeError(`Not a name of a namespace: ${name}`);
      const store =
        stores.get(name) ?? createKeyvStore({ adapter: createAdapter(), namespace: name, timeoutMs, gate });
      stores.set(name, store);
      return store;
    },
    async ping(signal) {
      try {
        await gate.pass(() => withDeadline('ping', timeoutMs, signal, ping));
      } catch (error) {
        if (signal?.aborted || error instanceof StoreUnavailableError) throw error;
        throw new StoreUnavailableError('ping', error);
      }
    },
    close() {
      closed ??= gate.close().then(close);
      return closed;
    },
  };
}
