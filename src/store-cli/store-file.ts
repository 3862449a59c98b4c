import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { SwitchboardError } from '../errors.ts';
import { findForeignObjects, readSchemaVersion, SCHEMA_VERSION } from '../storage/sqlite-schema.ts';

/** SQLITE_BUSY, in the byte that extended codes share with it. */
const SQLITE_BUSY = 5;

/** How long a statement waits for a bot that checkpoints or opens the file in the same moment. */
const BUSY_TIMEOUT_MS = 5_000;

/** Opens what must be there already, and changes nothing in it. Throws SwitchboardError `no-store`. */
export function openForReading(path: string): DatabaseSync {
  if (!existsSync(path)) throw new SwitchboardError('no-store', `There is no store at ${path}.`);
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  // The file may be anybody's: what its schema calls has no effects.
  database.exec('PRAGMA trusted_schema = OFF');
  return database;
}

export function hasTable(database: DatabaseSync, name: string): boolean {
  return (
    database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== undefined
  );
}

/** What SQLite finds wrong with the whole file, a line each; empty when it is sound. */
export function findDamage(database: DatabaseSync): string[] {
  const lines = database.prepare('PRAGMA integrity_check(10)').all();
  return lines.map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok');
}

/** Throws SwitchboardError `not-a-store` for a file that this program cannot work with. */
export function assertSoundStore(path: string): void {
  const refuse = (reason: string): never => {
    throw new SwitchboardError('not-a-store', `${path} is no usable store of Switchboard: ${reason}.`);
  };
  const database = openForReading(path);
  try {
    const version = readSchemaVersion(database);
    if (version === 0) refuse('it holds no schema of ours');
    if (version > SCHEMA_VERSION) {
      refuse(`it was written by a newer version (schema ${version}; this one knows ${SCHEMA_VERSION})`);
    }
    // Before anything is asked of its tables, which could be views.
    const [damage] = [...findForeignObjects(database, version), ...findDamage(database)];
    if (damage !== undefined) refuse(damage);
  } catch (error) {
    if (error instanceof SwitchboardError) throw error;
    refuse(toReason(error));
  } finally {
    database.close();
  }
}

/**
 * Keeps every other process from opening the file until the result is closed, and writes its log into it, so that
 * the file is all there is. Every open store holds a lock that the system takes back when its process ends, however
 * it ends. Undefined where the file is too broken to be locked, and so for any bot. Throws SwitchboardError
 * `store-in-use`.
 */
export function lockStoreFile(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
    return database;
  } catch (error) {
    database.close();
    if (!isBusy(error)) return undefined;
    throw new SwitchboardError(
      'store-in-use',
      `A bot uses the store ${path}. Stop it first, then try again.`,
      { cause: error },
    );
  }
}

export function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
