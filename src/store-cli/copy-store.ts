import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SwitchboardError } from '../errors.ts';
import { createPrivateFile } from '../storage/private-file.ts';
import { readSchemaVersion } from '../storage/sqlite-schema.ts';
import { assertSoundStore, openForReading, toReason } from './store-file.ts';

/**
 * Writes a copy of the store at `path` as it is at one moment, while a bot may go on reading and writing it, for this
 * user alone. Under its name the copy is whole, checked and on the disk, or not there at all. Throws SwitchboardError `no-store`,
 * `not-a-store`, `file-exists` or `copy-failed`.
 */
export function backUpStore(path: string, copyPath: string): void {
  if (existsSync(copyPath)) {
    throw new SwitchboardError('file-exists', `${copyPath} is there already. Name a file that is not.`);
  }
  const partial = `${resolve(copyPath)}.partial`;
  try {
    copyInto(path, partial);
    assertSoundStore(partial);
    renameSync(partial, copyPath);
    syncDirectoryOf(copyPath);
  } catch (error) {
    rmSync(partial, { force: true });
    throw asCopyFailure(error, copyPath);
  }
}

/** Writes what `source` holds to `target`, in place of what may be left there of an earlier try. */
export function copyInto(source: string, target: string): void {
  const database = openForReading(source);
  try {
    if (readSchemaVersion(database) === 0) {
      throw new SwitchboardError('not-a-store', `${source} is no store of Switchboard.`);
    }
    rmSync(target, { force: true });
    createPrivateFile(target);
    // Reads in one transaction, which keeps neither readers nor writers waiting.
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  sync(target);
}

export function asCopyFailure(error: unknown, path: string): SwitchboardError {
  if (error instanceof SwitchboardError) return error;
  return new SwitchboardError('copy-failed', `The copy to ${path} failed: ${toReason(error)}.`, {
    cause: error,
  });
}

/** A new name is on the disk only when its directory is. */
export function syncDirectoryOf(path: string): void {
  sync(dirname(resolve(path)));
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
