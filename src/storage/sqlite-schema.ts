import { DatabaseSync } from 'node:sqlite';
import { SwitchboardError } from '../errors.ts';
import { closeToOthers, makeStoreDirectory, type OnWarning } from './private-file.ts';

/**
 * Step n brings a file from version n to n + 1. Released steps never change: a new version is a new step.
 * The file's version is kept in `PRAGMA user_version`.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entries (
     namespace  TEXT NOT NULL,
     key        TEXT NOT NULL,
     value      TEXT NOT NULL,
     expires_at INTEGER,
     PRIMARY KEY (namespace, key)
   ) STRICT;
   CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;`,
  `CREATE TABLE runs (
     id         TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     record     TEXT NOT NULL,
     receipt    TEXT,
     ending     TEXT,
     delivered  INTEGER NOT NULL DEFAULT 0,
     attempts   INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE run_steps (
     run_id     TEXT NOT NULL,
     step_index INTEGER NOT NULL,
     step       TEXT NOT NULL,
     PRIMARY KEY (run_id, step_index)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE run_claims (
     id         TEXT PRIMARY KEY,
     claimed_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX run_claims_by_age ON run_claims (claimed_at);
   CREATE TABLE cursors (
     channel_id TEXT PRIMARY KEY,
     message_id TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // As numbers: ids as text are not in the order of time.
  'CREATE INDEX cursors_by_message ON cursors (CAST(message_id AS INTEGER));',
];

/** The version of file that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

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

/** 0: nothing of ours was ever in the file. */
export function readSchemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function refuseNewerFile(database: DatabaseSync, path: string): number {
  const version = readSchemaVersion(database);
  if (version <= SCHEMA_VERSION) return version;
  throw new SwitchboardError(
    'store-too-new',
    `The store ${path} was written by a newer version of Switchboard (schema ${version}; this one knows ` +
      `${SCHEMA_VERSION}). Update Switchboard, or restore a backup made before the update.`,
    { context: { path, version, supported: SCHEMA_VERSION } },
  );
}

/** What `ANALYZE` and SQLite itself keep. */
const OF_SQLITE = /^sqlite_(?:stat\d|sequence)$/;

/**
 * What stands in the schema of a file and was not made by the migrations up to its version, or otherwise than they
 * make it, a line each. A trigger, a view or a check of somebody else's would act on what the bot writes.
 */
export function findForeignObjects(database: DatabaseSync, version: number): string[] {
  const expected = readSchema(version);
  const found = readObjects(database);
  const foreign = [...found]
    .filter(([key, sql]) => expected.get(key) !== sql)
    .map(([key]) => `${key} was not made by Switchboard`);
  const missing = [...expected.keys()].filter((key) => !found.has(key)).map((key) => `${key} is missing`);
  return [...foreign, ...missing];
}

function readSchema(version: number): Map<string, string> {
  const database = new DatabaseSync(':memory:');
  try {
    for (const step of MIGRATIONS.slice(0, version)) database.exec(step);
    return readObjects(database);
  } finally {
    database.close();
  }
}

/** SQL by kind and name; without what belongs to a table by itself. */
function readObjects(database: DatabaseSync): Map<string, string> {
  const objects = new Map<string, string>();
  for (const row of database.prepare('SELECT type, name, sql FROM sqlite_schema').iterate()) {
    const [type, name] = [String(row['type']), String(row['name'])];
    const isAutomatic = type === 'index' && row['sql'] === null;
    if (isAutomatic || (type === 'table' && OF_SQLITE.test(name))) continue;
    objects.set(`${type} ${name}`, String(row['sql']));
  }
  return objects;
}
