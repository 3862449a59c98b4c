import { describe, expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import { toBytes } from './files.ts';
import { createScene, reasonOf } from './reader-scene.ts';

describe('FAULTS 26: what is not read', () => {
  test.each([
    ['a ZIP archive', 'PK\x03\x04\x14\0\0\0\0\0'],
    ['an Office document', `PK\x03\x04${'\0'.repeat(26)}[Content_Types].xml`],
    ['a video', '\0\0\0\x18ftypmp42'],
    ['a program', '\x7fELF\x02\x01'],
  ])('%s is told by its first bytes, whatever it is called', async (name, head) => {
    const { add, readOne } = createScene();
    const bytes = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(100)]);
    expect(reasonOf(await readOne(add('notes.txt', bytes)))).toBe(`is ${name}, which I cannot read`);
  });

  test('bytes of no known kind, and none at all', async () => {
    const { add, readOne } = createScene();
    const noise = Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 37) % 256));
    expect(reasonOf(await readOne(add('data.txt', noise)))).toBe('is of a kind that I cannot read');
    expect(reasonOf(await readOne(add('empty.txt', Buffer.alloc(0))))).toBe('is empty');
  });

  test('one that is too large is not even fetched, and one that lies about its size is cut off', async () => {
    const { add, readOne, state } = createScene({ limits: { maxFileBytes: 2 * 1024 * 1024 } });
    expect(reasonOf(await readOne(add('a.txt', toBytes('a'), { size: 3 * 1024 * 1024 })))).toBe(
      'is larger than 2 MB',
    );
    expect(state.fetched).toEqual([]);
    expect(reasonOf(await readOne(add('b.txt', toBytes('b'.repeat(50)), { size: 10 })))).toBe(
      'is larger than it claims to be',
    );
  });

  test('a JSON bomb is text like any other: never parsed, and cut where it is long', async () => {
    const { add, readOne } = createScene();
    const depth = 500_000;
    const content = await readOne(add('bomb.json', toBytes('['.repeat(depth) + ']'.repeat(depth))));
    expect(content).toMatchObject({ kind: 'text' });
    expect(JSON.stringify(content).length).toBeLessThan(200_000);
  });

  test('too many, and too much together', async () => {
    const { add, read } = createScene({ limits: { maxFiles: 2, maxTotalBytes: 1024 * 1024 } });
    const files = [
      add('a.txt', toBytes('a')),
      add('b.txt', toBytes('b'), { size: 1024 * 1024 }),
      add('c.txt', toBytes('c')),
    ];
    expect((await read(files)).map(({ content }) => reasonOf(content))).toEqual([
      '(was read as text)',
      'is too much: I read 1 MB of files for a question',
      'is one too many: I read 2 files of a question',
    ]);
  });

  test('one that takes too long leaves the others alone', async () => {
    const { add, read, files } = createScene({ limits: { timeoutMs: 10_000 }, delayMs: 1 });
    const gone = add('gone.txt', toBytes('x'));
    files.delete(gone.url);
    const slow = createScene({ limits: { timeoutMs: 30 }, delayMs: 5_000 });
    const [fine, missing] = await read([add('a.txt', toBytes('a')), gone]);
    expect([reasonOf(fine?.content), reasonOf(missing?.content)]).toEqual([
      '(was read as text)',
      'is no longer there',
    ]);
    expect(reasonOf(await slow.readOne(slow.add('a.txt', toBytes('a'))))).toBe(
      'took too long to fetch and read',
    );
  });
});

describe('addresses that expire', () => {
  const expired = `https://files/old?ex=${(999_000).toString(16)}&hm=secret-signature`;

  test('one that has expired is renewed before it is tried', async () => {
    const { add, readOne, renewed, files, state } = createScene();
    files.set('https://files/new', toBytes('still here'));
    const attachment = add('a.txt', toBytes('still here'), { url: expired });
    renewed.set(attachment.id, 'https://files/new');
    expect(await readOne(attachment)).toMatchObject({ text: 'still here' });
    expect(state.fetched).toEqual(['https://files/new']);
  });

  test('one that is refused is renewed once', async () => {
    const { add, readOne, renewed, files, state } = createScene();
    const attachment = add('a.txt', toBytes('text'));
    files.delete(attachment.url);
    renewed.set(attachment.id, 'https://files/new');
    expect(reasonOf(await readOne(attachment))).toBe('is no longer there');
    expect(state.fetched).toEqual([attachment.url, 'https://files/new']);
  });

  test('FAULTS 41: the signature of an address is not logged', async () => {
    const { add, readOne, logged } = createScene();
    await readOne(add('a.txt', toBytes('text'), { url: expired }));
    expect(logged).toHaveLength(1);
    expect(logged.join()).not.toContain('secret-signature');
  });
});

test('several are fetched at once, within the limits of a person and of all', async () => {
  const { add, read, state } = createScene({
    limits: { maxDownloads: 4, maxDownloadsPerUser: 3 },
    delayMs: 10,
  });
  const files = () => Array.from({ length: 6 }, (_, index) => add(`${index}.txt`, toBytes('text')));
  await read(files());
  expect(state.peak).toBe(3);
  await Promise.all([read(files(), 'ann'), read(files(), 'bob')]);
  expect(state.peak).toBe(4);
});

test('files wait until there is room for their bytes, and small ones of others go on', async () => {
  const { add, read, state } = createScene({
    limits: { maxBytesInMemory: 300, maxBytesInMemoryPerUser: 200, maxTotalBytes: 1_000 },
    delayMs: 10,
  });
  const large = () => Array.from({ length: 5 }, (_, index) => add(`${index}.txt`, toBytes('a'.repeat(100))));
  await Promise.all([read(large(), 'ann'), read(large(), 'ann'), read([add('b.txt', toBytes('b'))], 'bob')]);
  expect(state.peak).toBe(3);
});

test('a run that is stopped waits for no file', async () => {
  const { add, read, state } = createScene({ delayMs: 60_000 });
  const stopped = new AbortController();
  const reading = read([add('a.txt', toBytes('a'))], 'ann', stopped.signal);
  await sleep(5);
  stopped.abort(new Error('stopped'));
  await expect(reading).rejects.toThrow('stopped');
  expect(state.active).toBe(0);
});
