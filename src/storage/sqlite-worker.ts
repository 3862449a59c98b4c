import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import { SwitchboardError } from '../errors.ts';
import { endLoading } from '../lib/end-of-loading.ts';
import { prepareExpiredEntriesPurge } from './key-value-operations.ts';
import { prepareOldClaimsPurge } from './run-operations.ts';
import { runBatch } from './sqlite-batch.ts';
import { prepareOperations } from './sqlite-operations.ts';
import type { FromWorker, SqliteWorkerData, ToWorker } from './sqlite-protocol.ts';
import { openDatabaseFile } from './sqlite-schema.ts';

/** Few enough that a call never waits long behind a purge. */
const PURGE_STEP_ENTRIES = 500;
/** Far longer than Discord may deliver a message again, or catching up may find it. */
const CLAIM_LIFE_MS = 7 * 24 * 60 * 60_000;

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

/** Deletes expired entries step by step, so that calls get in between. */
function purgeRegularly(
  database: DatabaseSync,
  intervalMs: number,
  send: (message: FromWorker) => void,
): () => void {
  const purgeEntries = prepareExpiredEntriesPurge(database);
  const purgeClaims = prepareOldClaimsPurge(database);
  const purge = (limit: number): number =>
    Math.max(purgeEntries(limit), purgeClaims(Date.now() - CLAIM_LIFE_MS, limit));
  const step = (): void => {
    let isMore = false;
    try {
      isMore = purge(PURGE_STEP_ENTRIES) === PURGE_STEP_ENTRIES;
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
