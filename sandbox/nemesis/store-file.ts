import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { findKept, type KeptWords } from './kept-words.ts';

/** Runs as the store has them in a moment, by the messages that asked. */
export interface LeftRuns {
  /** Not done with. */
  readonly open: ReadonlySet<string>;
  /** Taken at any time. */
  readonly taken: ReadonlySet<string>;
}

/** The bot's store, seen and disturbed from another process. What cannot be read in this moment is undefined. */
export interface StoreFile {
  /** Runs that the bot has not done with. */
  openRuns(): readonly string[] | undefined;
  leftRuns(): LeftRuns | undefined;
  /** Messages whose runs have no end yet. */
  unendedQuestions(): ReadonlySet<string> | undefined;
  /** What is remembered of questions and answers. */
  keptWords(): KeptWords | undefined;
  /** Lets nobody write until `unlock`. False: somebody else was quicker. */
  lock(): boolean;
  unlock(): void;
}

/** Short: this event loop has a whole Discord to serve. */
const BUSY_TIMEOUT_MS = 20;

export function createStoreFile(path: string): StoreFile {
  let locked: DatabaseSync | undefined;

  const read = <T>(work: (database: DatabaseSync) => T): T | undefined => {
    try {
      using database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
      return work(database);
    } catch {
      // It is just being made, or locked.
      return undefined;
    }
  };

  return {
    openRuns() {
      if (!existsSync(path)) return [];
      return read((database) => readColumn(database, 'SELECT id FROM runs'));
    },
    leftRuns: () =>
      read((database) => ({
        open: new Set(readColumn(database, 'SELECT record FROM runs').map(toQuestionId)),
        taken: new Set(readColumn(database, 'SELECT id FROM run_claims')),
      })),
    unendedQuestions: () =>
      read((database) => {
        const records = readColumn(database, 'SELECT record FROM runs WHERE ending IS NULL');
        return new Set(records.map(toQuestionId));
      }),
    keptWords: () =>
      read((database) => {
        const valuesOf = (namespace: string): readonly string[] =>
          readColumn(database, 'SELECT value FROM entries WHERE namespace = ?', namespace);
        return findKept(valuesOf('conversations'), valuesOf('answers'));
      }),
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

function readColumn(database: DatabaseSync, sql: string, ...parameters: readonly string[]): string[] {
  return database
    .prepare(sql)
    .all(...parameters)
    .map((row) => String(Object.values(row)[0]));
}

/** The message that a run answers: a run that is made once more has an id of its own. */
function toQuestionId(record: string): string {
  const { id, origin } = JSON.parse(record) as { id: string; origin: { messageId?: string } };
  return origin.messageId ?? id;
}
