import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import { openSqliteDatabase, type SqliteDatabase } from '../../src/storage/sqlite-database.ts';
import type { SqliteWorkerData } from '../../src/storage/sqlite-worker.ts';
import { temporaryFile } from './temporary-file.ts';

const opened: SqliteDatabase[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

const workerUrl = new URL('../../src/storage/sqlite-worker.ts', import.meta.url);

/** A database whose threads the test holds; `script` replaces the program of those after the first. */
async function open(
  path: string,
  { script, timeoutMs = 5_000 }: { script?: string; timeoutMs?: number } = {},
) {
  const workers: Worker[] = [];
  const createWorker = vi.fn((workerData: SqliteWorkerData) => {
    const worker =
      script !== undefined && workers.length > 0
        ? new Worker(script, { eval: true })
        : new Worker(workerUrl, { workerData });
    workers.push(worker);
    return worker;
  });
  const onWarning = vi.fn();
  const database = await openSqliteDatabase({
    path,
    timeoutMs,
    purgeIntervalMs: 60_000,
    onWarning,
    createWorker,
  });
  opened.push(database);
  const stop = async (): Promise<void> => {
    await workers.at(-1)?.terminate();
  };
  return { database, createWorker, onWarning, stop };
}

function set(database: SqliteDatabase, key: string | null, value = 'x'): Promise<void> {
  return database.run('kv.set', { namespace: 'n', key: key as string, value, expiresAt: null });
}

function get(database: SqliteDatabase, key: string): Promise<string | undefined> {
  return database.run('kv.get', { namespace: 'n', key });
}

test('a call at fault fails alone: the others of its transaction stand', async () => {
  const { database } = await open(await temporaryFile());
  const results = await Promise.allSettled([set(database, 'a'), set(database, null), set(database, 'b')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { code: 'store-unavailable' } });
  expect(await get(database, 'b')).toBe('x');
});

test('a locked file fails the calls of a transaction together, after one wait', async () => {
  const path = await temporaryFile();
  const { database } = await open(path, { timeoutMs: 1_000 });
  const blocker = new DatabaseSync(path);
  blocker.exec('BEGIN IMMEDIATE');
  const calls = await Promise.allSettled(Array.from({ length: 5 }, (_, index) => set(database, `k${index}`)));
  blocker.close();
  for (const call of calls) {
    expect(call).toMatchObject({ reason: { cause: { message: 'database is locked' } } });
  }
});

test('FAULTS 28: calls under way when the worker dies are unavailable; the next call starts it again', async () => {
  const { database, createWorker, stop } = await open(await temporaryFile());
  await set(database, 'kept');
  const underWay = Array.from({ length: 50 }, (_, index) => set(database, `k${index}`));
  const settled = Promise.allSettled(underWay);
  await stop();
  for (const result of await settled) {
    if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailableError);
  }
  expect(await get(database, 'kept')).toBe('x');
  expect(createWorker).toHaveBeenCalledTimes(2);
});

test('a worker that keeps dying is started with growing pauses, not by every call', async () => {
  const { database, createWorker, stop } = await open(await temporaryFile(), { script: 'process.exit(1)' });
  await stop();
  for (let call = 0; call < 100; call += 1) {
    await expect(get(database, 'key')).rejects.toThrow(StoreUnavailableError);
    await sleep(1);
  }
  expect(createWorker.mock.calls.length).toBeLessThan(6);
});

test('FAULTS 28: a worker that hangs costs each call its deadline; closing does not wait for it', async () => {
  const hangs = `require('node:worker_threads').parentPort.on('message', () => {}).postMessage({ kind: 'ready' })`;
  const { database, onWarning, stop } = await open(await temporaryFile(), { script: hangs, timeoutMs: 200 });
  await stop();
  const first = expect(get(database, 'a')).rejects.toThrow(StoreUnavailableError);
  await sleep(10);
  const queued = expect(set(database, 'b')).rejects.toThrow(StoreUnavailableError);
  await first;
  await queued;
  await database.close();
  expect(onWarning).toHaveBeenCalled();
});

/** Answers the first time half a second late, and tells as a warning what it was sent. */
const slowWorker = `
  const { parentPort } = require('node:worker_threads');
  let delayMs = 500;
  parentPort.on('message', ({ kind, requests }) => {
    if (kind === 'close') return parentPort.close();
    parentPort.postMessage({ kind: 'warning', message: JSON.stringify(requests) });
    const results = requests.map(() => ({ ok: true, output: null }));
    setTimeout(() => parentPort.postMessage({ kind: 'results', results }), delayMs);
    delayMs = 0;
  });
  parentPort.postMessage({ kind: 'ready' });
`;

test('a call that was not sent before its deadline is never made', async () => {
  const { database, onWarning, stop } = await open(await temporaryFile(), {
    script: slowWorker,
    timeoutMs: 200,
  });
  await stop();
  await database.connect();
  const sent = set(database, 'sent').catch((error: unknown) => error);
  await vi.waitFor(() => {
    expect(onWarning).toHaveBeenCalled();
  });
  const queued = set(database, 'queued').catch((error: unknown) => error);
  expect(await sent).toBeInstanceOf(StoreUnavailableError);
  expect(await queued).toBeInstanceOf(StoreUnavailableError);
  await vi.waitFor(() => set(database, 'later'), { timeout: 5_000 });
  const seen = onWarning.mock.calls.join();
  expect(seen).toContain('"later"');
  expect(seen).not.toContain('"queued"');
});

test('refuses calls after it was closed', async () => {
  const { database } = await open(await temporaryFile());
  await database.close();
  await expect(get(database, 'key')).rejects.toThrow(StoreUnavailableError);
});
