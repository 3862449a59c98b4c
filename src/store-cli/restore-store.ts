import { existsSync, linkSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { SwitchboardError } from '../errors.ts';
import { asCopyFailure, copyInto, syncDirectoryOf } from './copy-store.ts';
import { HEARD_NAMESPACE } from '../storage/ports.ts';
import { closeFileToOthers, makeStoreDirectory, type OnWarning } from '../storage/private-file.ts';
import { assertSoundStore, hasTable, lockStoreFile } from './store-file.ts';

export interface RestoreOptions {
  /**
   * Goes on with what was under way when the backup was made, and catches up since then. Only for a backup of a bot
   * that has not run since: otherwise questions that were answered in the meantime are answered again.
   */
  readonly resume?: boolean;
  /** Told what others can read and cannot be closed to them. */
  readonly onWarning?: OnWarning;
}

export interface RestoredStore {
  /** Where the replaced file is; undefined where there was none. */
  readonly kept: string | undefined;
  /** Questions that were under way in the backup, and are left out. */
  readonly leftOut: number;
}

/**
 * Puts a copy of the backup in the place of the store at `path`; the backup stays as it is. Throws SwitchboardError `no-store` or `not-a-store` for the
 * backup, `store-in-use`, or `copy-failed`: the store is then as it was.
 */
export function restoreStore(
  path: string,
  backupPath: string,
  { resume = false, onWarning = () => undefined }: RestoreOptions = {},
): RestoredStore {
  assertSoundStore(backupPath);
  const target = existsSync(path) ? realpathSync(path) : path;
  if (target === realpathSync(backupPath)) {
    throw new SwitchboardError('copy-failed', `${backupPath} is the store itself.`);
  }
  makeStoreDirectory(target);
  const partial = `${target}.partial`;
  const lock = existsSync(target) ? lockStoreFile(target) : undefined;
  try {
    copyInto(backupPath, partial);
    const leftOut = resume ? 0 : forgetWork(partial);
    const kept = existsSync(target) ? keep(target) : undefined;
    if (kept !== undefined) closeFileToOthers(kept, onWarning);
    // A log without its file would be taken for one of the new file.
    rmSync(`${target}-wal`, { force: true });
    rmSync(`${target}-shm`, { force: true });
    renameSync(partial, target);
    syncDirectoryOf(target);
    return { kept, leftOut };
  } catch (error) {
    rmSync(partial, { force: true });
    throw asCopyFailure(error, target);
  } finally {
    lock?.close();
  }
}

/** Gives the file another name beside its own, with what a broken one left in its log. */
function keep(target: string): string {
  const kept = `${target}.replaced-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  try {
    // A second name, so that at no moment there is no store, which a bot would begin anew.
    linkSync(target, kept);
  } catch {
    // Not every file system can: better a moment without than nothing kept.
    renameSync(target, kept);
  }
  if (existsSync(`${target}-wal`)) renameSync(`${target}-wal`, `${kept}-wal`);
  return kept;
}

/** What was shown and waits only for its memory stays. Returns how many questions go. */
function forgetWork(path: string): number {
  const database = new DatabaseSync(path);
  try {
    if (!hasTable(database, 'runs')) return 0;
    const work = database.prepare('SELECT count(*) AS count FROM runs WHERE delivered = 0').get();
    database.exec(`
      PRAGMA synchronous = FULL;
      BEGIN;
      DELETE FROM runs WHERE delivered = 0;
      DELETE FROM run_steps WHERE run_id NOT IN (SELECT id FROM runs);
      DELETE FROM cursors;
      DELETE FROM entries WHERE namespace = '${HEARD_NAMESPACE}';
      COMMIT;`);
    return Number(work?.['count']);
  } finally {
    database.close();
  }
}
