import type { RunTable } from './run-table.ts';

/**
 * What the rest of the program asks of a store. "Absent" and "unavailable" are two things: `get` answers
 * `undefined` only where the store said that there is nothing; every outage, deadline or unreadable entry is a
 * StoreUnavailableError. Keys are not empty. Values are JSON; what comes back is a copy, not yet checked.
 *
 * A call whose deadline passed may still take effect, but never after a later call on the same key.
 */
export interface KeyValueStore {
  get(key: string, signal?: AbortSignal): Promise<unknown>;
  /** Resolves when the entry is durable, as far as the store can make it so. */
  set(key: string, value: unknown, options?: SetOptions): Promise<void>;
  /** Resolves when durable; whether there was something to delete. */
  delete(key: string, signal?: AbortSignal): Promise<boolean>;
}

export interface SetOptions {
  /** The entry is gone after this time; never, when absent. */
  readonly ttlMs?: number;
  readonly signal?: AbortSignal;
}

export interface Storage {
  /** Runs that are under way. */
  readonly runs: RunTable;
  /** Entries of one kind. `name`: lower-case letters and dashes. The same name is the same entries. */
  namespace(name: string): KeyValueStore;
  /** Resolves when the store answers; throws StoreUnavailableError. */
  ping(signal?: AbortSignal): Promise<void>;
  /** Lets calls under way end, then closes. Later calls are StoreUnavailableErrors. */
  close(): Promise<void>;
}

/** Where it is kept up to which message everything was heard. Like cursors, it is not true of a restored store. */
export const HEARD_NAMESPACE = 'heard';
