import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { CursorQuery, NewRun, RunRow, RunRowPatch } from './run-table.ts';

/**
 * One piece of work on the database. `run` is synchronous, runs inside the transaction of its batch and may run again
 * if that is rolled back, so it does nothing but read and write the database.
 */
interface Operation<Input, Output> {
  readonly writes: boolean;
  readonly run: (input: Input) => Output;
}

function reading<Input, Output>(run: (input: Input) => Output): Operation<Input, Output> {
  return { writes: false, run };
}

function writing<Input, Output>(run: (input: Input) => Output): Operation<Input, Output> {
  return { writes: true, run };
}

export type SqliteOperations = ReturnType<typeof prepareOperations>;
export type SqliteOperationName = keyof SqliteOperations;
export type InputOf<Name extends SqliteOperationName> = Parameters<SqliteOperations[Name]['run']>[0];
export type OutputOf<Name extends SqliteOperationName> = ReturnType<SqliteOperations[Name]['run']>;

/** Every operation that the worker knows, with its statements prepared. Their types follow from what stands here. */
export function prepareOperations(database: DatabaseSync) {
  return {
    ...prepareEntryOperations(database),
    ...prepareRunOperations(database),
    ...prepareCursorOperations(database),
  };
}

export interface StoredEntry {
  readonly namespace: string;
  readonly key: string;
  readonly value: string;
  /** epoch ms; null: never */
  readonly expiresAt: number | null;
}

type EntryName = Pick<StoredEntry, 'namespace' | 'key'>;

/** On the table `entries`. All of them treat an expired entry as absent. */
function prepareEntryOperations(database: DatabaseSync) {
  const select = database.prepare(
    'SELECT value FROM entries WHERE namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)',
  );
  const upsert = database.prepare(
    `INSERT INTO entries (namespace, key, value, expires_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
  );
  const remove = database.prepare('DELETE FROM entries WHERE namespace = ? AND key = ? RETURNING expires_at');
  const ping = database.prepare('SELECT 1 FROM entries LIMIT 1');
  return {
    'kv.get': reading(({ namespace, key }: EntryName) => {
      const row = select.get(namespace, key, Date.now());
      return row ? toText('An entry', row['value']) : undefined;
    }),
    'kv.set': writing(({ namespace, key, value, expiresAt }: StoredEntry) => {
      upsert.run(namespace, key, value, expiresAt);
    }),
    /** Whether there was something to delete. */
    'kv.delete': writing(({ namespace, key }: EntryName) => {
      const row = remove.get(namespace, key);
      return row !== undefined && (row['expires_at'] === null || Number(row['expires_at']) > Date.now());
    }),
    'kv.ping': reading<null, boolean>(() => ping.get() !== undefined),
  };
}

/** On unfinished runs, their steps, and the claims that outlive them. */
function prepareRunOperations(database: DatabaseSync) {
  const claim = database.prepare('INSERT OR IGNORE INTO run_claims (id, claimed_at) VALUES (?, ?)');
  const insert = database.prepare(
    `INSERT INTO runs (id, created_at, record) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at, record = excluded.record,
       ending = NULL, delivered = 0, attempts = 0`,
  );
  const moveCursor = database.prepare(
    `INSERT INTO cursors (channel_id, message_id) VALUES (?, ?)
     ON CONFLICT (channel_id) DO UPDATE SET message_id = excluded.message_id
     WHERE CAST(excluded.message_id AS INTEGER) > CAST(message_id AS INTEGER)`,
  );
  const patchRun = database.prepare(
    `UPDATE runs SET record = coalesce(?, record), receipt = coalesce(?, receipt), ending = coalesce(?, ending),
       delivered = iif(ending IS NULL, delivered, max(delivered, ?)), attempts = attempts + ? WHERE id = ?`,
  );
  const saveStep = database.prepare(
    `INSERT OR REPLACE INTO run_steps (run_id, step_index, step)
     SELECT id, ?, ? FROM runs WHERE id = ?`,
  );
  const removeEnded = database.prepare('DELETE FROM runs WHERE id = ? AND ending IS NOT NULL');
  const removeSteps = database.prepare('DELETE FROM run_steps WHERE run_id = ?');
  return {
    /** Claims the id, keeps the run and moves cursors; false, and nothing done, where it was claimed. */
    'run.admit': writing(({ id, cursors, createdAt, record, isAgain }: NewRun) => {
      if (claim.run(id, Date.now()).changes === 0 && !isAgain) return false;
      removeSteps.run(id);
      insert.run(id, createdAt, record);
      for (const [channelId, messageId] of cursors) moveCursor.run(channelId, messageId);
      return true;
    }),
    /** Changes what is given of a run that is there. */
    'run.patch': writing(({ id, patch }: { id: string; patch: RunRowPatch }) => {
      const {
        record = null,
        receipt = null,
        ending = null,
        isDelivered = false,
        isNewAttempt = false,
      } = patch;
      patchRun.run(record, receipt, ending, Number(isDelivered), Number(isNewAttempt), id);
    }),
    'run.step': writing(({ id, index, step }: { id: string; index: number; step: string }) => {
      saveStep.run(index, step, id);
    }),
    /** Forgets a run that has ended. */
    'run.retire': writing(({ id }: { id: string }) => {
      if (removeEnded.run(id).changes > 0) removeSteps.run(id);
    }),
    /** All runs that are not retired, oldest first. */
    'run.list': reading<null, RunRow[]>(() => Array.from(readRuns(database), ({ read }) => read())),
  };
}

/** On the cursors of channels. */
function prepareCursorOperations(database: DatabaseSync) {
  const latest = database.prepare(
    `SELECT channel_id, message_id FROM cursors WHERE CAST(message_id AS INTEGER) > CAST(? AS INTEGER)
     ORDER BY CAST(message_id AS INTEGER) DESC LIMIT ?`,
  );
  const remove = database.prepare('DELETE FROM cursors WHERE channel_id = ?');
  const removeUntil = database.prepare(
    'DELETE FROM cursors WHERE CAST(message_id AS INTEGER) <= CAST(? AS INTEGER)',
  );
  return {
    /** The latest first. */
    'run.cursors': reading(({ after, limit }: CursorQuery) =>
      latest
        .all(after, limit)
        .map((row): [string, string] => [
          toText('A run', row['channel_id']),
          toText('A run', row['message_id']),
        ]),
    ),
    'run.forget-channel': writing(({ channelId }: { channelId: string }) => {
      remove.run(channelId);
    }),
    'run.forget-channels-until': writing(({ messageId }: { messageId: string }) => {
      removeUntil.run(messageId);
    }),
  };
}

/** Deletes at most `limit` entries that have expired, and as many claims made before `claimedBefore` (epoch ms). */
export function preparePurge(database: DatabaseSync): (claimedBefore: number, limit: number) => number {
  const entries = database.prepare(
    'DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires_at <= ? LIMIT ?)',
  );
  const claims = database.prepare(
    'DELETE FROM run_claims WHERE id IN (SELECT id FROM run_claims WHERE claimed_at < ? LIMIT ?)',
  );
  return (claimedBefore, limit) =>
    Math.max(
      Number(entries.run(Date.now(), limit).changes),
      Number(claims.run(claimedBefore, limit).changes),
    );
}

/** The runs that are kept, oldest first. `read` throws where one is not as this program writes it. */
export function* readRuns(database: DatabaseSync): Generator<{ id: string; read: () => RunRow }, void> {
  const steps = database.prepare('SELECT step FROM run_steps WHERE run_id = ? ORDER BY step_index');
  for (const row of database.prepare('SELECT * FROM runs ORDER BY created_at, id').iterate()) {
    const id = String(row['id']);
    yield {
      id,
      read: () =>
        toRunRow(
          row,
          steps.all(id).map(({ step }) => toText('A run', step)),
        ),
    };
  }
}

function toRunRow(row: Record<string, SQLOutputValue>, steps: string[]): RunRow {
  return {
    id: toText('A run', row['id']),
    createdAt: Number(row['created_at']),
    record: toText('A run', row['record']),
    receipt: row['receipt'] === null ? null : toText('A run', row['receipt']),
    ending: row['ending'] === null ? null : toText('A run', row['ending']),
    isDelivered: row['delivered'] === 1,
    attempts: Number(row['attempts']),
    steps,
  };
}

function toText(what: 'An entry' | 'A run', value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`${what} of the store is not text`);
  return value;
}
