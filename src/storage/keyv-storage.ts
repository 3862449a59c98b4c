import { Keyv, type KeyvSerializationAdapter, type KeyvStorageAdapter } from 'keyv';
import { KeyedOrder } from '../lib/keyed-order.ts';
import type { KeyValueStore, SetOptions, Storage } from './ports.ts';
import type { RunTable } from './run-table.ts';
import type { StoreGate } from './store-gate.ts';

/**
 * The part of Keyv's adapter that Keyv calls for what this program asks of it. It must settle every call, answer no
 * expired entries, and report a failure by rejecting the call, not by an 'error' event.
 */
export type StorageAdapter = Pick<
  KeyvStorageAdapter,
  'namespace' | 'capabilities' | 'get' | 'set' | 'delete'
>;

export interface KeyvStorageOptions {
  /** A new adapter on the same engine for each namespace: Keyv sets it. See StorageAdapter. */
  readonly createAdapter: () => StorageAdapter;
  readonly runs: RunTable;
  readonly gate: StoreGate;
  readonly ping: () => Promise<unknown>;
  /** Called once, when no call is under way any more. */
  readonly close: () => Promise<void>;
}

/** A Storage over any engine that Keyv has an adapter for. */
export function createKeyvStorage({ createAdapter, runs, gate, ping, close }: KeyvStorageOptions): Storage {
  // One store for a name, since the store keeps order per key. Names stand in the program, so they are few.
  const stores = new Map<string, KeyValueStore>();
  let closed: Promise<void> | undefined;
  return {
    runs,
    namespace(name) {
      if (!/^[a-z][a-z-]*$/.test(name)) throw new RangeError(`Not a name of a namespace: ${name}`);
      const store = stores.get(name) ?? new KeyvStore(createAdapter(), name, gate);
      stores.set(name, store);
      return store;
    },
    ping: (signal) =>
      gate.pass('ping', signal, async () => {
        await ping();
      }),
    close() {
      closed ??= gate.close().then(close);
      return closed;
    },
  };
}

/** Adds to Keyv the order per key, and errors in place of silence. */
class KeyvStore implements KeyValueStore {
  readonly #namespace: string;
  readonly #gate: StoreGate;
  readonly #keyv: Keyv;
  /** Whoever stopped waiting for a write still has it before them: a late one never lands on a newer one. */
  readonly #order = new KeyedOrder();

  constructor(adapter: StorageAdapter, namespace: string, gate: StoreGate) {
    this.#namespace = namespace;
    this.#gate = gate;
    // Keyv's own check of expiry would delete what was written between its read and its delete.
    this.#keyv = new Keyv({ store: adapter, namespace, serialization: strictJson, checkExpired: false });
    // With a listener that returns, Keyv answers `undefined` for a failing store; one that throws makes calls reject.
    this.#keyv.on('error', (error: unknown) => {
      throw error;
    });
  }

  async get(key: string, signal?: AbortSignal): Promise<unknown> {
    refuseEmpty(key);
    return this.#gate.pass(`get in ${this.#namespace}`, signal, (deadline) =>
      this.#order.after(key, () => this.#keyv.get<unknown>(key), deadline),
    );
  }

  async set(key: string, value: unknown, { ttlMs, signal }: SetOptions = {}): Promise<void> {
    refuseEmpty(key);
    if (value === undefined) throw new TypeError('undefined is not a value');
    const write = async (): Promise<void> => {
      if (!(await this.#keyv.set(key, value, ttlMs))) throw new Error('The store refused the entry');
    };
    return this.#gate.pass(`set in ${this.#namespace}`, signal, (deadline) =>
      this.#order.run(key, write, deadline),
    );
  }

  async delete(key: string, signal?: AbortSignal): Promise<boolean> {
    refuseEmpty(key);
    return this.#gate.pass(`delete in ${this.#namespace}`, signal, (deadline) =>
      this.#order.run(key, () => this.#keyv.delete(key), deadline),
    );
  }
}

function refuseEmpty(key: string): void {
  if (key === '') throw new RangeError('A key must not be empty');
}

/** What Keyv keeps of a value. Throws where the text is not one, where Keyv would answer that there is nothing. */
export function parseEnvelope(text: string): { readonly value: unknown } {
  const envelope: unknown = JSON.parse(text);
  if (typeof envelope === 'object' && envelope !== null && 'value' in envelope) return envelope;
  throw new TypeError('The entry is not one that this program wrote');
}

const strictJson: KeyvSerializationAdapter = {
  stringify: (envelope) => JSON.stringify(envelope),
  parse: parseEnvelope as KeyvSerializationAdapter['parse'],
};
