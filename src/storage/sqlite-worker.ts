import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import { SwitchboardError } from '../errors.ts';
import { endLoading } from '../lib/end-of-loading.ts';
import {
  prepareOperations,
  preparePurge,
  type InputOf,
  type SqliteOperationName,
  type SqliteOperations,
} from './sqlite-operations.ts';
import { openDatabaseFile } from './sqlite-schema.ts';

/** Few enough that a call never waits long behind a purge. */
const PURGE_STEP_ENTRIES = 500;
/** Far longer than Discord may deliver a message again, or catching up may find it. */
const CLAIM_LIFE_MS = 7 * 24 * 60 * 60_000;

export interface SqliteWorkerData {
  readonly path: string;
  /** How long a statement waits for another process that holds the file, such as a backup. */
  readonly busyTimeoutMs: number;
  readonly purgeIntervalMs: number;
}

export interface SqliteRequest<Name extends SqliteOperationName = SqliteOperationName> {
  readonly name: Name;
  readonly input: InputOf<Name>;
}

export type SqliteResult =
  { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly error: string };

/** What the main thread sends. A batch is one transaction. */
export type ToWorker =
  { readonly kind: 'batch'; readonly requests: readonly SqliteRequest[] } | { readonly kind: 'close' };

/** What the worker sends. `results` are in the order of the batch's requests, sent after COMMIT. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'results'; readonly results: readonly SqliteResult[] }
  | { readonly kind: 'warning'; readonly message: string };

if (!parentPort) throw new Error('sqlite-worker.ts runs only as a worker thread');
serve(parentPort, workerData as SqliteWorkerData);

function serve(port: MessagePort, { path, busyTimeoutMs, purgeIntervalMs }: SqliteWorkerData): void {
  const send = (message: FromWorker): void => {
    port.postMessage(message);
  };
  let database: DatabaseSync;
  try {
    database = openDatabaseFile(path, busyTimeoutMs, (message) => {
      send({ kind: 'warning', message });
    });
  } catch (error) {
    const code = error instanceof SwitchboardError ? error.code : 'store-unavailable';
    send({ kind: 'refused', code, message: toText(error) });
    port.close();
    return;
  }
  const operations = prepareOperations(database);
  const stopPurging = purgeRegularly(database, purgeIntervalMs, send);
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'batch':
        send({ kind: 'results', results: runBatch(database, operations, message.requests) });
        break;
      case 'close':
        stopPurging();
        database.close();
        port.close();
        break;
    }
  });
  send({ kind: 'ready' });
  endLoading();
}

/**
 * Runs the requests in one transaction, so that many writers share one wait for the disk. If one of them is at
 * fault, the whole is rolled back and each runs in a transaction of its own, so that only that one fails. If the
 * database is (locked, full, unreadable), all fail.
 */
function runBatch(
  database: DatabaseSync,
  operations: SqliteOperations,
  requests: readonly SqliteRequest[],
): SqliteResult[] {
  let isRunningRequests = false;
  try {
    const writes = requests.some(({ name }) => operations[name].writes);
    database.exec(writes ? 'BEGIN IMMEDIATE' : 'BEGIN');
    isRunningRequests = true;
    const outputs = requests.map((request) => runRequest(operations, request));
    isRunningRequests = false;
    database.exec('COMMIT');
    return outputs.map((output) => ({ ok: true, output }));
  } catch (error) {
    // On an error of its own, such as a full disk, SQLite may have rolled back already.
    const isDatabaseAtFault = !isRunningRequests || !database.isTransaction;
    if (database.isTransaction) database.exec('ROLLBACK');
    if (isDatabaseAtFault || requests.length === 1) {
      return requests.map(() => ({ ok: false, error: toText(error) }));
    }
  }
  return requests.flatMap((request) => runBatch(database, operations, [request]));
}

function runRequest(operations: SqliteOperations, { name, input }: SqliteRequest): unknown {
  // The sender's types tie a name to its input; the lookup by name loses that.
  const run = operations[name].run as (input: unknown) => unknown;
  return run(input);
}

/** Deletes expired entries step by step, so that calls get in between. */
function purgeRegularly(
  database: DatabaseSync,
  intervalMs: number,
  send: (message: FromWorker) => void,
): () => void {
  const purge = preparePurge(database);
  const step = (): void => {
    let isMore = false;
    try {
      isMore = purge(Date.now() - CLAIM_LIFE_MS, PURGE_STEP_ENTRIES) === PURGE_STEP_ENTRIES;
    } catch (error) {
      send({ kind: 'warning', message: `Expired entries could not be deleted: ${toText(error)}` });
    }
    timer = setTimeout(step, isMore ? 0 : intervalMs);
  };
  let timer = setTimeout(step, intervalMs);
  return () => {
    clearTimeout(timer);
  };
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
