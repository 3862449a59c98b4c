import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { SqliteOperationsOf } from './sqlite-operation.ts';

export interface StoredEntry {
  readonly key: string;
  readonly value: string;
  /** epoch ms; null: never */
  readonly expiresAt: number | null;
}

/** Operations on the table `entries`. All of them treat an expired entry as absent. */
export interface KeyValueOperations {
  'kv.get': { input: { namespace: string; keys: readonly string[] }; output: (string | null)[] };
  'kv.set': { input: { namespace: string; entries: readonly StoredEntry[] }; output: null };
  /** Output: for each key whether there was something to delete. */
  'kv.delete': { input: { namespace: string; keys: readonly string[] }; output: boolean[] };
  'kv.clear': { input: { namespace: string }; output: null };
  /** A page of entries in the order of their keys, from the first one after `after`. */
  'kv.list': {
    input: { namespace: string; after: string | null; limit: number };
    output: [string, string][];
  };
  'kv.ping': { input: null; output: null };
}

export function prepareKeyValueOperations(database: DatabaseSync): SqliteOperationsOf<KeyValueOperations> {
  const alive = '(expires_at IS NULL OR expires_at > ?)';
  const select = database.prepare(`SELECT value FROM entries WHERE namespace = ? AND key = ? AND ${alive}`);
  const upsert = database.prepare(
    `INSERT INTO entries (namespace, key, value, expires_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
  );
  const remove = database.prepare('DELETE FROM entries WHERE namespace = ? AND key = ? RETURNING expires_at');
  const clear = database.prepare('DELETE FROM entries WHERE namespace = ?');
  const list = database.prepare(
    `SELECT key, value FROM entries WHERE namespace = ? AND key > ? AND ${alive} ORDER BY key LIMIT ?`,
  );
  const ping = database.prepare('SELECT 1 FROM entries LIMIT 1');
  return {
    'kv.get': {
      writes: false,
      run: ({ namespace, keys }) =>
        keys.map((key) => {
          const row = select.get(namespace, key, Date.now());
          return row ? toText(row['value']) : null;
        }),
    },
    'kv.set': {
      writes: true,
      run: ({ namespace, entries }) => {
        for (const entry of entries) upsert.run(namespace, entry.key, entry.value, entry.expiresAt);
        return null;
      },
    },
    'kv.delete': {
      writes: true,
      run: ({ namespace, keys }) => keys.map((key) => isAlive(remove.get(namespace, key))),
    },
    'kv.clear': {
      writes: true,
      run: ({ namespace }) => {
        clear.run(namespace);
        return null;
      },
    },
    'kv.list': {
      writes: false,
      run: ({ namespace, after, limit }) =>
        list
          .all(namespace, after ?? '', Date.now(), limit)
          .map((row) => [toText(row['key']), toText(row['value'])]),
    },
    'kv.ping': {
      writes: false,
      run: () => {
        ping.get();
        return null;
      },
    },
  };
}

/** Deletes at most `limit` expired entries; returns how many went. */
export function prepareExpiredEntriesPurge(database: DatabaseSync): (limit: number) => number {
  const purge = database.prepare(
    'DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires_at <= ? LIMIT ?)',
  );
  return (limit) => Number(purge.run(Date.now(), limit).changes);
}

function isAlive(row: Record<string, SQLOutputValue> | undefined): boolean {
  if (!row) return false;
  const expiresAt = row['expires_at'];
  return expiresAt === null || Number(expiresAt) > Date.now();
}

function toText(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError('An entry of the store is not text');
  return value;
}
