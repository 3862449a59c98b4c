import { createKeyvStorage } from './keyv-storage.ts';
import type { Storage } from './ports.ts';
import { openSqliteDatabase, type SqliteDatabaseOptions } from './sqlite-database.ts';
import { createSqliteRunTable } from './sqlite-run-table.ts';
import { SqliteKeyvAdapter } from './sqlite-keyv-adapter.ts';

const PURGE_INTERVAL_MS = 60_000;

type SqliteStorageOptions = Omit<SqliteDatabaseOptions, 'purgeIntervalMs'> & {
  /** How often expired entries are deleted; once a minute by default. */
  readonly purgeIntervalMs?: number;
};

/** A Storage in one SQLite file. Throws as openSqliteDatabase does. */
export async function openSqliteStorage(options: SqliteStorageOptions): Promise<Storage> {
  const database = await openSqliteDatabase({ purgeIntervalMs: PURGE_INTERVAL_MS, ...options });
  return createKeyvStorage({
    createAdapter: () => new SqliteKeyvAdapter(database),
    runs: createSqliteRunTable(database),
    timeoutMs: options.timeoutMs,
    ping: () => database.run('kv.ping', null),
    close: () => database.close(),
  });
}
