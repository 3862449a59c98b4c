import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { runStoreCommand } from '../../src/store-cli/store-command.ts';
import { parseStoreUrl } from '../../src/config.ts';
import { backUpStore } from '../../src/store-cli/copy-store.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { HEARD_NAMESPACE, type Storage } from '../../src/storage/ports.ts';
import { restoreStore } from '../../src/store-cli/restore-store.ts';
import { temporaryFile } from './temporary-file.ts';

const program = fileURLToPath(new URL('../../src/store-cli.ts', import.meta.url));
const writer = fileURLToPath(new URL('writer-process.ts', import.meta.url));

function store(url: string, ...args: string[]) {
  const lines = { out: '', err: '' };
  const code = runStoreCommand({
    args,
    readStoreUrl: () => parseStoreUrl({ STORE_URL: url }),
    print: (line) => (lines.out += `${line}\n`),
    printError: (line) => (lines.err += `${line}\n`),
  });
  return { code, ...lines };
}

/** As `npm run store` starts it, with nothing in the environment but where the store is. */
async function storeProcess(url: string, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { STORE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, out, err };
}

async function open(path: string): Promise<Storage> {
  const storage = await openStorage({ url: `sqlite://${path}` });
  onTestFinished(() => storage.close());
  return storage;
}

const run = (id: string, channelId = '3') => ({
  id,
  cursors: [[channelId, id]] as const,
  createdAt: Number(id),
  record: '{}',
  isAgain: false,
});

test('backs up, refuses to restore while the store is in use, and restores when it is not', async () => {
  const path = await temporaryFile();
  const url = `sqlite://${path}`;
  const copy = await temporaryFile('copy.db');
  const storage = await openStorage({ url });
  await storage.namespace('things').set('key', 'before');

  expect(await storeProcess(url, 'backup', copy)).toMatchObject({ code: 0, err: '' });
  await storage.namespace('things').set('key', 'after');

  expect(await storeProcess(url, 'restore', copy)).toMatchObject({
    code: 1,
    err: `A bot uses the store ${path}. Stop it first, then try again.\n`,
  });
  expect(await storage.namespace('things').get('key')).toBe('after');
  await storage.close();

  const restored = store(url, 'restore', copy);
  expect(restored).toMatchObject({ code: 0, err: '' });
  expect(await (await open(path)).namespace('things').get('key')).toBe('before');
  const kept = /kept as (.+)\.$/m.exec(restored.out)?.[1] ?? '';
  expect(await (await open(kept)).namespace('things').get('key')).toBe('after');
});

test('FAULTS 27: after kill -9 the store counts as free, and its last writes are kept', async () => {
  const path = await temporaryFile();
  const copy = await temporaryFile('copy.db');
  await (await openStorage({ url: `sqlite://${copy}` })).close();
  const child = spawn(process.execPath, [writer, `sqlite://${path}`, '1000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    if (printed.length === 0) expect(() => restoreStore(path, copy)).toThrow(/A bot uses the store/);
    printed += chunk as string;
    if (printed.length > 500) child.kill('SIGKILL');
  }
  const { kept = '' } = restoreStore(path, copy);
  const last = Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1));
  expect(await (await open(kept)).namespace('things').get(`key${String(last)}`)).toBe(last);
  expect(await (await open(path)).namespace('things').get('key0')).toBeUndefined();
});

test('a backup made in the midst of writes is of one moment', async () => {
  const path = await temporaryFile();
  const storage = await open(path);
  const things = storage.namespace('things');
  const end = new AbortController();
  let count = 0;
  const writing = (async () => {
    while (!end.signal.aborted) {
      count += 1;
      await things.set(`key${String(count)}`, 'x'.repeat(2_000));
    }
  })();
  while (count < 50) await storage.ping();
  const copy = await temporaryFile('copy.db');
  expect(await storeProcess(`sqlite://${path}`, 'backup', copy)).toMatchObject({ code: 0 });
  end.abort();
  await writing;

  const database = new DatabaseSync(copy, { readOnly: true });
  const keys = database.prepare('SELECT key FROM entries').all();
  database.close();
  expect(keys.length).toBeGreaterThan(50);
  expect(keys.length).toBeLessThan(count);
  // Written one after the other: none is missing in between.
  const numbers = keys.map(({ key }) => Number(String(key).slice(3))).toSorted((a, b) => a - b);
  expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));
});

test('a failed backup leaves nothing behind, and none takes the place of a file', async () => {
  const path = await temporaryFile();
  await writeFile(path, 'no database at all, '.repeat(100));
  const copy = await temporaryFile('copy.db');
  expect(() => {
    backUpStore(path, copy);
  }).toThrow(/not a database/);
  expect(await readdir(dirname(copy))).toEqual([]);
  await writeFile(copy, 'precious');
  expect(() => {
    backUpStore(path, copy);
  }).toThrow(/is there already/);
  expect(await readFile(copy, 'utf8')).toBe('precious');
});

test('what was under way in a backup is not done again, unless that is asked for', async () => {
  const source = await temporaryFile();
  const storage = await open(source);
  for (const id of ['1', '2', '3']) await storage.runs.admit(run(id));
  await storage.runs.saveStep('1', 0, '{}');
  await storage.runs.patch('2', { ending: '{}' });
  await storage.runs.patch('3', { ending: '{}' });
  await storage.runs.patch('3', { isDelivered: true });
  await storage.namespace(HEARD_NAMESPACE).set('until', '3');
  const copy = await temporaryFile('copy.db');
  backUpStore(source, copy);

  const left = async (options: { resume?: boolean }) => {
    const path = await temporaryFile();
    const { leftOut } = restoreStore(path, copy, options);
    const restored = await open(path);
    const { runs } = restored;
    const again = await runs.admit(run('1', '4'));
    return {
      ids: (await runs.list()).map(({ id }) => id),
      again,
      leftOut,
      channels: [...(await runs.cursors({ after: '0', limit: 10 })).keys()],
      heard: await restored.namespace(HEARD_NAMESPACE).get('until'),
    };
  };
  expect(await left({})).toEqual({ ids: ['3'], again: false, leftOut: 2, channels: [], heard: undefined });
  expect(await left({ resume: true })).toEqual({
    ids: ['1', '2', '3'],
    again: false,
    leftOut: 0,
    channels: ['3'],
    heard: '3',
  });
});

test('restores over a broken file, and keeps that too', async () => {
  const path = await temporaryFile();
  const copy = await temporaryFile('copy.db');
  await (await openStorage({ url: `sqlite://${copy}` })).close();
  const garbage = 'no database at all, '.repeat(100);
  await writeFile(path, garbage);
  await writeFile(`${path}-wal`, 'a log of it');
  const { kept = '' } = restoreStore(path, copy);
  expect(await readFile(kept, 'utf8')).toBe(garbage);
  await (await open(path)).ping();
});

test('refuses to restore what it could not work with', async () => {
  const path = await temporaryFile();
  const storage = await openStorage({ url: `sqlite://${path}` });
  await storage.close();
  const newer = await temporaryFile('newer.db');
  backUpStore(path, newer);
  const database = new DatabaseSync(newer);
  database.exec('PRAGMA user_version = 1000');
  database.close();
  const before = await readdir(dirname(path));
  expect(() => restoreStore(path, newer)).toThrow(/newer version/);
  expect(() => restoreStore(path, path)).toThrow(/is the store itself/);
  expect(() => restoreStore(path, `${path}.nowhere`)).toThrow(/There is no store at/);
  expect(await readdir(dirname(path))).toEqual(before);
});

test('check counts what is there and finds what cannot be read', async () => {
  const path = await temporaryFile();
  const storage = await open(path);
  await storage.namespace('conversations').set('c1', {
    version: 1,
    conversationId: 'c1',
    turns: [],
    resetAt: null,
    removedRuns: [],
  });
  await storage.namespace('settings').set('user/1', { mode: 'mention' });
  await storage.namespace('settings').set('user/2', {}, { ttlMs: 1 });
  const url = `sqlite://${path}`;
  const sound = store(url, 'check');
  expect(sound).toMatchObject({ code: 0, err: '' });
  expect(sound.out).toMatch(/Integrity +ok\nSchema +3, current\nRuns +0 .*\nClaims +0\nEntries +2 \(conv/);

  await storage.runs.admit(run('5'));
  await storage.namespace('conversations').set('c2', { version: 1, conversationId: 'c1' });
  const broken = store(url, 'check');
  expect(broken.code).toBe(1);
  expect(broken.out).toMatch(/Runs +1 .*\nClaims +1\n/);
  expect(broken.out).toMatch(/Unreadable +2\n +conversations\/c2: .+\n +runs\/5: .+/);
});

test('check tells of damaged pages and of foreign files', async () => {
  const path = await temporaryFile();
  const storage = await openStorage({ url: `sqlite://${path}` });
  const things = storage.namespace('things');
  for (let n = 0; n < 40; n += 1) await things.set(`key${String(n)}`, 'x'.repeat(1_000));
  await storage.close();
  const bytes = await readFile(path);
  bytes.fill(0xff, 4_096 * 6, 4_096 * 7);
  await writeFile(path, bytes);
  const damaged = store(`sqlite://${path}`, 'check');
  expect(damaged.code).toBe(1);
  expect(damaged.out).toMatch(/Integrity +broken\n +\S/);

  const foreign = await temporaryFile();
  await writeFile(foreign, '');
  expect(store(`sqlite://${foreign}`, 'check').out).toContain('this is no store of Switchboard');
});

test.each([
  [[], 2, 'Usage'],
  [['backup'], 2, 'Usage'],
  [['restore', 'a', 'b'], 2, 'Usage'],
  [['erase', 'a'], 2, 'Usage'],
  [['check'], 1, 'There is no store at'],
])('%j ends with %i', async (args, code, message) => {
  const path = await temporaryFile();
  const result = store(`sqlite://${path}`, ...args);
  expect(result).toMatchObject({ code, out: '', err: expect.stringContaining(message) as string });
  expect(await readdir(dirname(path))).not.toContain(basename(path));
});

test('STORE_URL is checked as the bot does, and needs no token', () => {
  expect(store('memory://', 'check')).toMatchObject({
    code: 1,
    err: expect.stringContaining('names no file') as string,
  });
  expect(store('redis://:secret@host', 'check')).toMatchObject({
    code: 78,
    err: expect.not.stringContaining('secret') as string,
  });
});
