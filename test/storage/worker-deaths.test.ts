import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { openSqliteDatabase } from '../../src/storage/sqlite-database.ts';
import type { SqliteWorkerData } from '../../src/storage/sqlite-worker.ts';
import { temporaryFile } from './temporary-file.ts';

const url = new URL('../../src/storage/sqlite-worker.ts', import.meta.url);

test('a worker that dies with a read and a write under way, again and again, costs these calls alone', async () => {
  const workers: Worker[] = [];
  const createWorker = vi.fn((workerData: SqliteWorkerData) => {
    const worker = new Worker(url, { workerData });
    workers.push(worker);
    return worker;
  });
  const database = await openSqliteDatabase({
    path: await temporaryFile(),
    timeoutMs: 5_000,
    purgeIntervalMs: 60_000,
    onWarning: () => undefined,
    createWorker,
  });
  const set = (key: string) =>
    database.run('kv.set', { namespace: 'n', key, value: 'x', expiresAt: null }, { isUrgent: true });
  const get = (key: string) => database.run('kv.get', { namespace: 'n', key });
  for (let round = 1; round <= 4; round += 1) {
    const under = Promise.allSettled([set(`a${round}`), get('a1'), set(`b${round}`), get('b1')]);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await workers.at(-1)?.terminate();
    await under;
    await vi.waitFor(() => set(`c${round}`), { timeout: 5_000 });
    expect(await get(`c${round}`)).toBe('x');
    expect(createWorker).toHaveBeenCalledTimes(round + 1);
  }
  await database.close();
});
