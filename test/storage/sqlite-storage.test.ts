import { readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/ports.ts';
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts';
import { temporaryFile } from './temporary-file.ts';

const opened: Storage[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((storage) => storage.close()));
});

async function open(path: string): Promise<Storage> {
  const storage = await openStorage({ url: `sqlite://${path}` });
  opened.push(storage);
  return storage;
}

test('creates the directory, and finds everything again when opened anew', async () => {
  const path = await temporaryFile('a/b/store.db');
  const first = await open(path);
  await first.namespace('things').set('key', { n: 1 });
  await first.close();
  const second = await open(path);
  expect(await second.namespace('things').get('key')).toEqual({ n: 1 });
});

test('writes are on the disk before they are acknowledged', async () => {
  const path = await temporaryFile();
  const storage = await open(path);
  await storage.namespace('things').set('key', 1);
  const reader = new DatabaseSync(path, { readOnly: true });
  expect(reader.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  expect(reader.prepare('SELECT namespace, key FROM entries').all()).toEqual([
    { namespace: 'things', key: 'key' },
  ]);
  reader.close();
});

test('refuses a file of a newer version and leaves it as it was', async () => {
  const path = await temporaryFile();
  const writer = new DatabaseSync(path);
  writer.exec('CREATE TABLE future (x); PRAGMA user_version = 1000');
  writer.close();
  const before = await readFile(path);
  await expect(open(path)).rejects.toMatchObject({
    code: 'store-too-new',
    message: expect.stringContaining('newer version of Switchboard') as string,
  });
  expect(await readFile(path)).toEqual(before);
});

test('says so when the file is not a database', async () => {
  const path = await temporaryFile();
  await writeFile(path, 'something else altogether, '.repeat(100));
  await expect(open(path)).rejects.toThrow(StoreUnavailableError);
});

test.each(['redis://:secret@host', 'postgres://user:secret@host/db', 'sqlite://', 'memory://x', 'nonsense'])(
  'names what is supported when asked for %s, and no password',
  async (url) => {
    const error: unknown = await openStorage({ url }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unsupported-store' });
    expect(String(error)).toMatch(/sqlite:\/\/PATH.*memory:\/\//);
    expect(String(error)).not.toContain('secret');
  },
);

test('FAULTS 30: expired entries leave the file', async () => {
  const path = await temporaryFile();
  const storage = await openSqliteStorage({
    path,
    timeoutMs: 1_000,
    purgeIntervalMs: 10,
    onWarning: () => undefined,
  });
  opened.push(storage);
  const store = storage.namespace('things');
  await store.set('kept', 1);
  await Promise.all(Array.from({ length: 600 }, (_, index) => store.set(`brief${index}`, 1, { ttlMs: 1 })));
  const reader = new DatabaseSync(path, { readOnly: true });
  const keys = reader.prepare('SELECT key FROM entries');
  await vi.waitFor(() => {
    expect(keys.all()).toEqual([{ key: 'kept' }]);
  });
  reader.close();
});

test('FAULTS 31: the event loop turns while the disk keeps a write waiting', async () => {
  const path = await temporaryFile();
  const storage = await open(path);
  const blocker = new DatabaseSync(path);
  blocker.exec('BEGIN IMMEDIATE');
  let isWritten = false;
  const written = storage
    .namespace('things')
    .set('key', 1)
    .then(() => {
      isWritten = true;
    });
  for (let turn = 0; turn < 20; turn += 1) await sleep(5);
  expect(isWritten).toBe(false);
  blocker.exec('COMMIT');
  blocker.close();
  await written;
  expect(await storage.namespace('things').get('key')).toBe(1);
});
