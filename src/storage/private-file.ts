import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What people said is nobody's on this machine but the user's who runs the bot. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;

/** Stores, their logs and what restoring keeps of them. */
const STORE_FILE = /\.db(?:-wal|-shm|-journal|\.partial|\.replaced-.*)?$/;

/** Told what cannot be closed to others: not every file system knows permissions. */
export type OnWarning = (message: string) => void;

/** Makes the directory of a store, for this user alone. What is there already stays as it is. */
export function makeStoreDirectory(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
}

/** An empty file that only this user can read; throws where there is one. SQLite makes its logs with the same mode. */
export function createPrivateFile(path: string): void {
  closeSync(openSync(path, 'wx', FILE_MODE));
}

/**
 * Closes a store to everybody else, before SQLite opens it: the file, which is made where there is none, its logs, and
 * its directory where that holds nothing but stores.
 */
export function closeToOthers(path: string, onWarning: OnWarning): void {
  try {
    createPrivateFile(path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) tighten(file, FILE_MODE, onWarning);
  const directory = dirname(path);
  if (isForStoresAlone(directory)) tighten(directory, DIRECTORY_MODE, onWarning);
}

/** A file that a copy took the place of, with the log that was left of it. */
export function closeFileToOthers(path: string, onWarning: OnWarning): void {
  for (const file of [path, `${path}-wal`]) tighten(file, FILE_MODE, onWarning);
}

function tighten(path: string, mode: number, onWarning: OnWarning): void {
  try {
    if ((statSync(path).mode & OTHERS) !== 0) chmodSync(path, mode);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    onWarning(
      `Other users of this machine may be able to read ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** A directory that others use too, such as `/tmp` or a home, is not ours to close. */
function isForStoresAlone(directory: string): boolean {
  try {
    if ((statSync(directory).mode & STICKY) !== 0) return false;
    return readdirSync(directory).every((name) => STORE_FILE.test(name));
  } catch {
    // Not to be listed: then others may need it in ways that are not known here.
    return false;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
