import { Keyv, type KeyvSerializationAdapter, type KeyvStorageAdapter } from 'keyv';
import { StoreUnavailableError } from '../errors.ts';
import { withDeadline, type Deadline } from '../lib/abort.ts';
import { KeyedOrder } from '../lib/keyed-order.ts';
import type { CallGate } from './call-gate.ts';
import { parseEnvelope } from './envelope.ts';
import type { KeyValueStore, SetOptions } from './ports.ts';

/**
 * The part of Keyv's adapter that this program asks for. It must settle every call, answer no expired entries, and
 * report a failure by rejecting the call, not by an 'error' event.
 */
export type StorageAdapter = Pick<
  KeyvStorageAdapter,
  | 'namespace'
  | 'capabilities'
  | 'get'
  | 'getMany'
  | 'has'
  | 'hasMany'
  | 'set'
  | 'setMany'
  | 'delete'
  | 'deleteMany'
  | 'clear'
  | 'iterator'
>;

export interface KeyvStoreOptions {
  /** For this store alone: Keyv sets its namespace. */
  readonly adapter: StorageAdapter;
  readonly namespace: string;
  /** Each call's deadline. */
  readonly timeoutMs: number;
  readonly gate: CallGate;
}

/** A KeyValueStore over any Keyv adapter: adds deadlines, order per key, and errors instead of silence. */
export function createKeyvStore({ adapter, namespace, timeoutMs, gate }: KeyvStoreOptions): KeyValueStore {
  // Keyv's own check of expiry would delete what was written between its read and its delete.
  const keyv = new Keyv({ store: adapter, namespace, serialization: strictJson, checkExpired: false });
  // With a listener that returns, Keyv answers `undefined` for a failing store; one that throws makes calls reject.
  keyv.on('error', (error: unknown) => {
    throw error;
  });
  // Whoever stopped waiting for a write still has it before them: a late one never lands on a newer one.
  const order = new KeyedOrder();

  async function call<T>(
    operation: string,
    key: string,
    signal: AbortSignal | undefined,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    if (key === '') throw new RangeError('A key must not be empty');
    const what = `${operation} in ${namespace}`;
    try {
      return await gate.pass(() => withDeadline(what, timeoutMs, signal, work));
    } catch (error) {
      if (signal?.aborted || error instanceof StoreUnavailableError) throw error;
      throw new StoreUnavailableError(what, error);
    }
  }

  const store = async (key: string, value: unknown, ttlMs: number | undefined): Promise<void> => {
    if (!(await keyv.set(key, value, ttlMs))) throw new Error('The store refused the entry');
  };

  return {
    get: (key, signal) =>
      call('get', key, signal, (deadline) => order.after(key, () => keyv.get<unknown>(key), deadline)),
    set(key, value, { ttlMs, signal }: SetOptions = {}) {
      if (value === undefined) return Promise.reject(new TypeError('undefined is not a value'));
      return call('set', key, signal, (deadline) => order.run(key, () => store(key, value, ttlMs), deadline));
    },
    delete: (key, signal) =>
      call('delete', key, signal, (deadline) => order.run(key, () => keyv.delete(key), deadline)),
  };
}

/** Plain JSON of Keyv's envelope. What is not one is an error, where Keyv would answer that there is nothing. */
const strictJson: KeyvSerializationAdapter = {
  stringify: (envelope) => JSON.stringify(envelope),
  parse: parseEnvelope as KeyvSerializationAdapter['parse'],
};
