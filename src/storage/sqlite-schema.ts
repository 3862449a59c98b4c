import { DatabaseSync } from 'node:sqlite';
import { SwitchboardError } from '../errors.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './migrations.ts';
import { closeToOthers, makeStoreDirectory, type OnWarning } from './private-file.ts';

/**
 * Opens the file, creating it and its directory, for this user alone, and brings its schema up to date. Each commit is
 * on the disk when it returns (`synchronous=FULL`). Throws SwitchboardError `store-too-new` for a file of a later version.
 */
export function openDatabaseFile(path: string, busyTimeoutMs: number, onWarning: OnWarning): DatabaseSync {
  makeStoreDirectory(path);
  closeToOthers(path, onWarning);
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // Before anything is written, not even the journal mode.
    refuseNewerFile(database, path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    while (migrateOneStep(database, path)) continue;
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Reads the version inside the transaction, because another process may be migrating the same file. */
function migrateOneStep(database: DatabaseSync, path: string): boolean {
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = refuseNewerFile(database, path);
    const step = MIGRATIONS[version];
    if (step !== undefined) database.exec(`${step} PRAGMA user_version = ${version + 1};`);
    database.exec('COMMIT');
    return step !== undefined;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function refuseNewerFile(database: DatabaseSync, path: string): number {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version <= SCHEMA_VERSION) return version;
  throw new SwitchboardError(
    'store-too-new',
    `The store ${path} was written by a newer version of Switchboard (schema ${version}; this one knows ` +
      `${SCHEMA_VERSION}). Update Switchboard, or restore a backup made before the update.`,
    { context: { path, version, supported: SCHEMA_VERSION } },
  );
}
