import { StoreUnavailableError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import { createKeyvStore, type StorageAdapter } from './keyv-store.ts';
import type { KeyValueStore, Storage } from './ports.ts';

export interface KeyvStorageOptions {
  /** A new adapter on the same engine for each namespace; see StorageAdapter. */
  readonly createAdapter: () => StorageAdapter;
  readonly timeoutMs: number;
  readonly ping: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** A Storage over any engine that Keyv has an adapter for. */
export function createKeyvStorage({ createAdapter, timeoutMs, ping, close }: KeyvStorageOptions): Storage {
  // One store for a name, since the store keeps order per key. Names stand in the program, so they are few.
  const stores = new Map<string, KeyValueStore>();
  return {
    namespace(name) {
      if (!/^[a-z][a-z-]*$/.test(name)) throw new RangeError(`Not a name of a namespace: ${name}`);
      const store =
        stores.get(name) ?? createKeyvStore({ adapter: createAdapter(), namespace: name, timeoutMs });
      stores.set(name, store);
      return store;
    },
    async ping(signal) {
      try {
        await withDeadline('ping', timeoutMs, signal, ping);
      } catch (error) {
        if (signal?.aborted || error instanceof StoreUnavailableError) throw error;
        throw new StoreUnavailableError('ping', error);
      }
    },
    close,
  };
}
