import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { CursorQuery, NewRun, RunRow, RunRowPatch } from './run-table.ts';
import type { SqliteOperationsOf } from './sqlite-operation.ts';

/** Operations on unfinished runs, their steps, the claims that outlive them, and the cursors of channels. */
export interface RunOperations {
  /** Claims the id, keeps the run and moves cursors; false, and nothing done, where it was claimed. */
  'run.admit': { input: NewRun; output: boolean };
  /** Changes what is given of a run that is there. */
  'run.patch': { input: { id: string; patch: RunRowPatch }; output: null };
  'run.step': { input: { id: string; index: number; step: string }; output: null };
  /** Forgets a run that has ended. */
  'run.retire': { input: { id: string }; output: null };
  /** All runs that are not retired, oldest first. */
  'run.list': { input: null; output: RunRow[] };
  /** The latest first. */
  'run.cursors': { input: CursorQuery; output: [channelId: string, messageId: string][] };
  'run.forget-channel': { input: { channelId: string }; output: null };
  'run.forget-channels-until': { input: { messageId: string }; output: null };
}

export function prepareRunOperations(database: DatabaseSync): SqliteOperationsOf<RunOperations> {
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
  const patch = database.prepare(
    `UPDATE runs SET record = coalesce(?, record), receipt = coalesce(?, receipt), ending = coalesce(?, ending),
       delivered = iif(ending IS NULL, delivered, max(delivered, ?)), attempts = attempts + ? WHERE id = ?`,
  );
  const step = database.prepare(
    `INSERT OR REPLACE INTO run_steps (run_id, step_index, step)
     SELECT id, ?, ? FROM runs WHERE id = ?`,
  );
  const removeEnded = database.prepare('DELETE FROM runs WHERE id = ? AND ending IS NOT NULL');
  const removeSteps = database.prepare('DELETE FROM run_steps WHERE run_id = ?');
  const list = database.prepare('SELECT * FROM runs ORDER BY created_at, id');
  const steps = database.prepare('SELECT step FROM run_steps WHERE run_id = ? ORDER BY step_index');
  const cursors = database.prepare(
    `SELECT channel_id, message_id FROM cursors WHERE CAST(message_id AS INTEGER) > CAST(? AS INTEGER)
     ORDER BY CAST(message_id AS INTEGER) DESC LIMIT ?`,
  );
  const removeCursor = database.prepare('DELETE FROM cursors WHERE channel_id = ?');
  const removeCursorsUntil = database.prepare(
    'DELETE FROM cursors WHERE CAST(message_id AS INTEGER) <= CAST(? AS INTEGER)',
  );
  return {
    'run.admit': {
      writes: true,
      run: ({ id, cursors: moved, createdAt, record, isAgain }) => {
        if (claim.run(id, Date.now()).changes === 0 && !isAgain) return false;
        removeSteps.run(id);
        insert.run(id, createdAt, record);
        for (const [channelId, messageId] of moved) moveCursor.run(channelId, messageId);
        return true;
      },
    },
    'run.patch': {
      writes: true,
      run: ({ id, patch: { record, receipt, ending, isDelivered, isNewAttempt } }) => {
        patch.run(
          record ?? null,
          receipt ?? null,
          ending ?? null,
          Number(isDelivered ?? false),
          Number(isNewAttempt ?? false),
          id,
        );
        return null;
      },
    },
    'run.step': {
      writes: true,
      run: ({ id, index, step: text }) => {
        step.run(index, text, id);
        return null;
      },
    },
    'run.retire': {
      writes: true,
      run: ({ id }) => {
        if (removeEnded.run(id).changes > 0) removeSteps.run(id);
        return null;
      },
    },
    'run.list': {
      writes: false,
      run: () =>
        list.all().map((row) =>
          toRunRow(
            row,
            steps.all(toText(row['id'])).map(({ step: text }) => toText(text)),
          ),
        ),
    },
    'run.cursors': {
      writes: false,
      run: ({ after, limit }) =>
        cursors.all(after, limit).map((row) => [toText(row['channel_id']), toText(row['message_id'])]),
    },
    'run.forget-channel': {
      writes: true,
      run: ({ channelId }) => {
        removeCursor.run(channelId);
        return null;
      },
    },
    'run.forget-channels-until': {
      writes: true,
      run: ({ messageId }) => {
        removeCursorsUntil.run(messageId);
        return null;
      },
    },
  };
}

/** Deletes at most `limit` claims made before `before` (epoch ms); returns how many went. */
export function prepareOldClaimsPurge(database: DatabaseSync): (before: number, limit: number) => number {
  const purge = database.prepare(
    'DELETE FROM run_claims WHERE id IN (SELECT id FROM run_claims WHERE claimed_at < ? LIMIT ?)',
  );
  return (before, limit) => Number(purge.run(before, limit).changes);
}

export function toRunRow(row: Record<string, SQLOutputValue>, steps: string[]): RunRow {
  return {
    id: toText(row['id']),
    createdAt: Number(row['created_at']),
    record: toText(row['record']),
    receipt: row['receipt'] === null ? null : toText(row['receipt']),
    ending: row['ending'] === null ? null : toText(row['ending']),
    isDelivered: row['delivered'] === 1,
    attempts: Number(row['attempts']),
    steps,
  };
}

function toText(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError('A run of the store is not text');
  return value;
}
