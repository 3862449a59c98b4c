import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The bot's store, seen and disturbed from another process. */
export interface StoreFile {
  /** Runs that the bot has not done with; undefined while that cannot be read. */
  openRuns(): readonly string[] | undefined;
  /** Lets nobody write until `unlock`. False: somebody else was quicker. */
  lock(): boolean;
  unlock(): void;
}

/** Short: this event loop has a whole Discord to serve. */
const BUSY_TIMEOUT_MS = 20;

export function createStoreFile(path: string): StoreFile {
  let locked: DatabaseSync | undefined;
  return {
    openRuns() {
      if (!existsSync(path)) return [];
      try {
        using database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
        return database
          .prepare('SELECT id FROM runs')
          .all()
          .map(({ id }) => String(id));
      } catch {
        // It is just being made, or locked.
        return undefined;
      }
    },
    lock() {
      const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
      try {
        database.exec('BEGIN EXCLUSIVE');
      } catch {
        database.close();
        return false;
      }
      locked = database;
      return true;
    },
    unlock() {
      locked?.close();
      locked = undefined;
    },
  };
}
