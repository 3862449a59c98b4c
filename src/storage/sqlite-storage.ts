import { keyvStorageCapability, type KeyvStorageCapability } from 'keyv';
import { createKeyvStorage, type StorageAdapter } from './keyv-storage.ts';
import type { Storage } from './ports.ts';
import type { RunTable } from './run-table.ts';
import { openSqliteDatabase, type SqliteDatabase, type SqliteDatabaseOptions } from './sqlite-database.ts';
import type { InputOf, OutputOf, SqliteOperationName } from './sqlite-operations.ts';
import { StoreGate } from './store-gate.ts';

const PURGE_INTERVAL_MS = 60_000;

type SqliteStorageOptions = Omit<SqliteDatabaseOptions, 'purgeIntervalMs'> & {
  /** How often expired entries are deleted; once a minute by default. */
  readonly purgeIntervalMs?: number;
};

/** A Storage in one SQLite file. Throws as openSqliteDatabase does. */
export async function openSqliteStorage(options: SqliteStorageOptions): Promise<Storage> {
  const database = await openSqliteDatabase({ purgeIntervalMs: PURGE_INTERVAL_MS, ...options });
  const gate = new StoreGate(options.timeoutMs);
  return createKeyvStorage({
    createAdapter: () => new SqliteKeyvAdapter(database),
    runs: createSqliteRunTable(database, gate),
    gate,
    ping: () => database.run('kv.ping', null),
    close: () => database.close(),
  });
}

/**
 * Keyv's view of the table of entries. Holds no resource of its own: many adapters share a database, which whoever
 * opened it closes.
 */
class SqliteKeyvAdapter implements StorageAdapter {
  namespace = '';
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Tells Keyv that `set` takes an absolute expiry, and so not to wrap this in an adapter of its own. */
  get capabilities(): KeyvStorageCapability {
    return keyvStorageCapability(this);
  }

  get(key: string): Promise<string | undefined> {
    return this.#database.run('kv.get', { namespace: this.namespace, key });
  }

  /** `value` is text, as Keyv's serialization makes it; `expires` is epoch ms. */
  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    if (typeof value !== 'string') throw new TypeError('The SQLite store takes serialized values only');
    const { namespace } = this;
    await this.#database.run('kv.set', { namespace, key, value, expiresAt: expires ?? null });
    return true;
  }

  delete(key: string): Promise<boolean> {
    return this.#database.run('kv.delete', { namespace: this.namespace, key });
  }
}

function createSqliteRunTable(database: SqliteDatabase, gate: StoreGate): RunTable {
  const run = <Name extends SqliteOperationName>(
    name: Name,
    input: InputOf<Name>,
    options?: { readonly isUrgent: boolean },
  ): Promise<OutputOf<Name>> => gate.pass(name, undefined, () => database.run(name, input, options));
  return {
    isDurable: true,
    admit: (newRun) => run('run.admit', newRun),
    patch: (id, patch) => run('run.patch', { id, patch }),
    // The model is not asked for the next step before.
    saveStep: (id, index, step) => run('run.step', { id, index, step }, { isUrgent: true }),
    retire: (id) => run('run.retire', { id }),
    list: () => run('run.list', null),
    cursors: async (query) => new Map(await run('run.cursors', query)),
    forgetChannel: (channelId) => run('run.forget-channel', { channelId }),
    forgetChannelsUntil: (messageId) => run('run.forget-channels-until', { messageId }),
  };
}
