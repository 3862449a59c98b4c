import type { DatabaseSync } from 'node:sqlite';
import { parseRecord } from '../memory/conversation-record.ts';
import { parseFacts } from '../memory/fact-memory.ts';
import { parseAnswer } from '../runs/answers.ts';
import { parseStoredRun } from '../runs/stored-run.ts';
import { decodeKey } from '../storage/key-codec.ts';
import { parseEnvelope } from '../storage/keyv-storage.ts';
import { readRuns } from '../storage/sqlite-operations.ts';
import { findForeignObjects, readSchemaVersion, SCHEMA_VERSION } from '../storage/sqlite-schema.ts';
import { findDamage, hasTable, openForReading, toReason } from './store-file.ts';

/** Unreadable records of which the report names each. */
const MAX_LISTED = 20;

/**
 * How the bot reads what it keeps: throws where it could not. Namespaces as in src/app/; of others, which have a default
 * for everything, only the envelope is read.
 */
const entryReaders = new Map<string, (key: string, value: unknown) => unknown>([
  ['conversations', parseRecord],
  ['facts', (key, value) => parseFacts(decodeKey(key)[1] ?? '', value)],
  ['answers', (_key, value) => parseAnswer(value)],
]);

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
export function checkStore(path: string): StoreReport {
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
      attempt(`${namespace}/${key}`, () => entryReaders.get(namespace)?.(key, parseEnvelope(value).value));
    }
    for (const { id, read } of hasTable(database, 'runs') ? readRuns(database) : []) {
      report.runs += 1;
      attempt(`runs/${id}`, () => parseStoredRun(read()));
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

function countClaims(database: DatabaseSync): number {
  if (!hasTable(database, 'run_claims')) return 0;
  return Number(database.prepare('SELECT count(*) AS count FROM run_claims').get()?.['count']);
}

export function isInOrder({ damage, schemaVersion, currentVersion, unreadable }: StoreReport): boolean {
  const isKnown = schemaVersion > 0 && schemaVersion <= currentVersion;
  return damage.length === 0 && isKnown && unreadable.length === 0;
}

/** The report in plain words, one fact to a line. */
export function toReportLines(path: string, report: StoreReport): string[] {
  const { damage, runs, claims, entries, unreadable } = report;
  const total = [...entries.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...entries].map(([namespace, count]) => `${namespace} ${count}`);
  return [
    `Store       ${path}`,
    `Integrity   ${damage.length === 0 ? 'ok' : 'broken'}`,
    ...damage.map((line) => `            ${toLine(line)}`),
    `Schema      ${describeVersion(report)}`,
    `Runs        ${runs} not ended yet`,
    `Claims      ${claims}`,
    `Entries     ${[total, ...(kinds.length > 0 ? [`(${kinds.join(', ')})`] : [])].join(' ')}`,
    `Unreadable  ${unreadable.length}`,
    ...unreadable
      .slice(0, MAX_LISTED)
      .map(({ record, reason }) => `            ${record}: ${toLine(reason)}`),
    ...(unreadable.length > MAX_LISTED ? [`            and ${unreadable.length - MAX_LISTED} more`] : []),
  ];
}

function describeVersion({ schemaVersion: version, currentVersion: current }: StoreReport): string {
  if (version === current) return `${version}, current`;
  if (version === 0) return 'none: this is no store of Switchboard';
  return version < current
    ? `${version}, brought to ${current} at the next start`
    : `${version}, of a newer version of Switchboard: this one knows ${current}`;
}

/** Reasons of schemas take several lines. */
function toLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}
