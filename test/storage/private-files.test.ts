import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { checkStore } from '../../src/store-cli/check-store.ts';
import { backUpStore } from '../../src/store-cli/copy-store.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { restoreStore } from '../../src/store-cli/restore-store.ts';
import { temporaryFile } from './temporary-file.ts';

async function modesIn(directory: string): Promise<Record<string, string>> {
  const names = ['.', ...(await readdir(directory))];
  const modes = names.map(async (name) => [
    name,
    ((await stat(join(directory, name))).mode & 0o777).toString(8),
  ]);
  return Object.fromEntries(await Promise.all(modes)) as Record<string, string>;
}

/** As most machines are set up. */
function withOpenUmask(): void {
  const before = process.umask(0o022);
  onTestFinished(() => {
    process.umask(before);
  });
}

async function writeStore(path: string): Promise<void> {
  const storage = await openStorage({ url: `sqlite://${path}` });
  await storage.namespace('things').set('key', 'value');
  await storage.close();
}

test('a store, its logs, its backups and what restoring keeps are for the user alone who runs the bot', async () => {
  withOpenUmask();
  const directory = join(dirname(await temporaryFile()), 'data');
  const path = join(directory, 'store.db');
  const storage = await openStorage({ url: `sqlite://${path}` });
  await storage.namespace('things').set('key', 'value');
  const copy = join(directory, 'copy.db');
  backUpStore(path, copy);
  expect(await modesIn(directory)).toEqual({
    '.': '700',
    'store.db': '600',
    'store.db-wal': '600',
    'store.db-shm': '600',
    'copy.db': '600',
  });
  await storage.close();
  await chmod(path, 0o644);
  restoreStore(path, copy);
  const modes = await modesIn(directory);
  expect(Object.keys(modes)).toHaveLength(4);
  expect(new Set(Object.values(modes))).toEqual(new Set(['700', '600']));
});

test('a store that others could read is closed to them when it is opened', async () => {
  withOpenUmask();
  const directory = join(dirname(await temporaryFile()), 'data');
  const path = join(directory, 'store.db');
  await writeStore(path);
  await writeFile(`${path}-wal`, '');
  for (const name of ['store.db', 'store.db-wal']) await chmod(join(directory, name), 0o666);
  await chmod(directory, 0o755);
  const storage = await openStorage({ url: `sqlite://${path}` });
  expect(await storage.namespace('things').get('key')).toBe('value');
  expect(new Set(Object.values(await modesIn(directory)))).toEqual(new Set(['700', '600']));
  await storage.close();
});

test('a directory that holds other things than stores stays as it is', async () => {
  withOpenUmask();
  const directory = join(dirname(await temporaryFile()), 'shared');
  await mkdir(directory);
  await chmod(directory, 0o755);
  await writeFile(join(directory, 'notes.txt'), '');
  await writeStore(join(directory, 'store.db'));
  expect(await modesIn(directory)).toMatchObject({ '.': '755', 'notes.txt': '644', 'store.db': '600' });
});

test('a link that lies in wait under the name of an unfinished backup is not followed', async () => {
  const path = await temporaryFile();
  await writeStore(path);
  const copy = await temporaryFile('copy.db');
  const victim = await temporaryFile('victim');
  await writeFile(victim, 'precious');
  await symlink(victim, `${copy}.partial`);
  backUpStore(path, copy);
  expect((await stat(victim)).size).toBe('precious'.length);
  expect(checkStore(copy).damage).toEqual([]);
});

test.each([
  ['trigger sneaky', 'CREATE TRIGGER sneaky AFTER DELETE ON runs BEGIN DELETE FROM entries; END'],
  ['view seen', 'CREATE VIEW seen AS SELECT * FROM entries'],
  ['table extra', 'CREATE TABLE extra (content TEXT)'],
  ['index extra', 'CREATE INDEX extra ON runs (record)'],
  [
    'table cursors',
    'DROP TABLE cursors; CREATE TABLE cursors (channel_id TEXT DEFAULT (random()), message_id TEXT)',
  ],
  ['table run_steps', 'DROP TABLE run_steps; CREATE VIEW run_steps AS SELECT 1'],
])('a backup with a foreign %s is refused, and check names it', async (name, sql) => {
  const path = await temporaryFile();
  await writeStore(path);
  const backup = await temporaryFile('backup.db');
  backUpStore(path, backup);
  const database = new DatabaseSync(backup);
  database.exec(sql);
  database.close();
  expect(() => restoreStore(path, backup)).toThrow(
    /no usable store of Switchboard: .* (?:not made by|is missing)/,
  );
  expect(checkStore(backup).damage.join('\n')).toContain(name);
});

test('a backup that was analyzed, or of an earlier version, is taken', async () => {
  const path = await temporaryFile();
  await writeStore(path);
  const backup = await temporaryFile('backup.db');
  backUpStore(path, backup);
  const database = new DatabaseSync(backup);
  database.exec('ANALYZE; DROP INDEX cursors_by_message; PRAGMA user_version = 2');
  database.close();
  restoreStore(path, backup);
  const storage = await openStorage({ url: `sqlite://${path}` });
  expect(await storage.namespace('things').get('key')).toBe('value');
  await storage.close();
});
