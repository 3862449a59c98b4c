import type { DatabaseSync } from 'node:sqlite';
import { parseEnvelope } from './envelope.ts';
import { findForeignObjects } from './foreign-objects.ts';
import { SCHEMA_VERSION } from './migrations.ts';
import { toRunRow } from './run-operations.ts';
import type { RunRow } from './run-table.ts';
import { findDamage, hasTable, openForReading, readSchemaVersion, toReason } from './store-file.ts';

/** Read a record as the program does, and throw where it could not. */
export interface RecordReaders {
  readonly run: (row: RunRow) => unknown;
  /** By namespace; of others only the envelope is read. */
  readonly entries: ReadonlyMap<string, (key: string, value: unknown) => unknown>;
}

export interface StoreReport {
  /** What SQLite finds wrong with the file; empty when it is sound. */
  readonly damage: readonly string[];
  readonly schemaVersion: number;
  /** The version that this program writes. */
  readonly currentVersion: number;
  /** Runs that are not retired. */
  readonly runs: number;
  readonly claims: number;
  /** By namespace, expired ones left out. */
  readonly entries: ReadonlyMap<string, number>;
  readonly unreadable: readonly Unreadable[];
}

export interface Unreadable {
  /** `runs/ID` or `NAMESPACE/KEY` */
  readonly record: string;
  readonly reason: string;
}

/** Reads the whole store, while a bot may use it. Throws SwitchboardError `no-store`; a broken file is a finding. */
export function checkStore(path: string, readers: RecordReaders): StoreReport {
  const database = openForReading(path);
  const report = {
    damage: [] as string[],
    schemaVersion: 0,
    currentVersion: SCHEMA_VERSION,
    runs: 0,
    claims: 0,
    entries: new Map<string, number>(),
    unreadable: [] as Unreadable[],
  };
  const attempt = (record: string, read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      report.unreadable.push({ record, reason: toReason(error) });
    }
  };
  try {
    report.schemaVersion = readSchemaVersion(database);
    report.damage = [...findSchemaDamage(database, report.schemaVersion), ...findDamage(database)];
    for (const { namespace, key, value } of readEntries(database)) {
      report.entries.set(namespace, (report.entries.get(namespace) ?? 0) + 1);
      attempt(`${namespace}/${key}`, () => readers.entries.get(namespace)?.(key, parseEnvelope(value).value));
    }
    for (const { id, read } of readRuns(database)) {
      report.runs += 1;
      attempt(`runs/${id}`, () => readers.run(read()));
    }
    report.claims = countClaims(database);
  } catch (error) {
    report.damage.push(toReason(error));
  } finally {
    database.close();
  }
  return report;
}

/** Of a version that is known. */
function findSchemaDamage(database: DatabaseSync, version: number): string[] {
  return version > 0 && version <= SCHEMA_VERSION ? findForeignObjects(database, version) : [];
}

function* readEntries(
  database: DatabaseSync,
): Generator<{ namespace: string; key: string; value: string }, void> {
  if (!hasTable(database, 'entries')) return;
  const rows = database
    .prepare(
      'SELECT namespace, key, value FROM entries WHERE expires_at IS NULL OR expires_at > ? ORDER BY 1, 2',
    )
    .iterate(Date.now());
  for (const row of rows) {
    yield { namespace: String(row['namespace']), key: String(row['key']), value: String(row['value']) };
  }
}

function* readRuns(database: DatabaseSync): Generator<{ id: string; read: () => RunRow }, void> {
  if (!hasTable(database, 'runs')) return;
  const steps = database.prepare('SELECT step FROM run_steps WHERE run_id = ? ORDER BY step_index');
  for (const row of database.prepare('SELECT * FROM runs ORDER BY created_at, id').iterate()) {
    const id = String(row['id']);
    yield {
      id,
      read: () =>
        toRunRow(
          row,
          steps.all(id).map(({ step }) => String(step)),
        ),
    };
  }
}

function countClaims(database: DatabaseSync): number {
  if (!hasTable(database, 'run_claims')) return 0;
  return Number(database.prepare('SELECT count(*) AS count FROM run_claims').get()?.['count']);
}
