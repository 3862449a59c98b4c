import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Attachment } from '../../src/attachments/attachment.ts';
import { createAttachmentReader } from '../../src/attachments/attachment-reader.ts';
import type { AttachmentLimits } from '../../src/attachments/limits.ts';
import type { AttachmentContent, Transcriber } from '../../src/attachments/ports.ts';
import { ModelError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import { DownloadError, type GuardedFetch } from '../../src/lib/guarded-fetch.ts';
import { toBytes, toOgg, toPdf, toPdfBomb, toPicture, toPixelBomb, toWav } from './files.ts';

interface SceneOptions {
  readonly limits?: Partial<AttachmentLimits>;
  readonly transcribe?: Transcriber['transcribe'];
  readonly delayMs?: number;
}

/** A reader over files that stand at addresses of their own; those without bytes are gone. */
function createScene({ limits = {}, transcribe, delayMs }: SceneOptions = {}) {
  const files = new Map<string, Uint8Array>();
  const logged: string[] = [];
  const renewed = new Map<string, string>();
  const state = { active: 0, peak: 0, fetched: [] as string[] };
  const fetch: GuardedFetch = async (address, { maxBytes }, signal) => {
    state.fetched.push(address);
    state.active += 1;
    state.peak = Math.max(state.peak, state.active);
    try {
      if (delayMs !== undefined) await sleep(delayMs, signal);
      const bytes = files.get(address);
      if (!bytes) throw new DownloadError('gone', 'The file is gone');
      if (bytes.length > maxBytes) throw new DownloadError('too-large', 'The file is too large');
      return { bytes, contentType: null };
    } finally {
      state.active -= 1;
    }
  };
  const reader = createAttachmentReader({
    fetch,
    transcriber: {
      transcribe: transcribe ?? (() => Promise.resolve({ kind: 'text', text: 'spoken words' })),
    },
    log: {
      info: (data: unknown) => logged.push(JSON.stringify(data)),
      warn: (data: unknown) => logged.push(JSON.stringify(data)),
    },
    limits,
    now: () => 1_000_000_000,
  });
  let count = 0;
  const add = (name: string, bytes: Uint8Array, more: Partial<Attachment> = {}): Attachment => {
    count += 1;
    const url = more.url ?? `https://files/${count}`;
    files.set(url, bytes);
    return { id: String(count), name, url, contentType: null, size: bytes.length, ...more };
  };
  const read = (attachments: readonly Attachment[], signal = new AbortController().signal) =>
    reader.read(attachments, { renew: ({ id }) => Promise.resolve(renewed.get(id)) }, signal);
  const readOne = async (attachment: Attachment): Promise<AttachmentContent | undefined> =>
    (await read([attachment]))[0]?.content;
  return { add, files, renewed, read, readOne, state, logged };
}

function reasonOf(content: AttachmentContent | undefined): string {
  return content?.kind === 'unreadable' ? content.reason : `(was read as ${content?.kind ?? 'nothing'})`;
}

async function pixelsOf(content: AttachmentContent | undefined) {
  if (content?.kind !== 'image') throw new Error(reasonOf(content));
  const [head = '', data = ''] = content.url.split(',');
  const { width, height, format, exif } = await sharp(Buffer.from(data, 'base64')).metadata();
  return { head, width, height, format, exif };
}

describe('images', () => {
  test.each(['png', 'jpeg', 'gif', 'webp'] as const)(
    '%s becomes a data URL of PNG or JPEG',
    async (format) => {
      const { add, readOne } = createScene();
      const content = await readOne(add('picture.bin', await toPicture(40, 20, format)));
      expect(content).toMatchObject({ kind: 'image', description: 'image, 40 × 20 pixels' });
      expect(await pixelsOf(content)).toMatchObject({
        head: expect.stringMatching(/^data:image\/(png|jpeg);base64$/) as string,
        width: 40,
        height: 20,
      });
    },
  );

  test('a large one is scaled, and what the camera wrote beside the pixels is left out', async () => {
    const { add, readOne } = createScene({ limits: { maxImageSide: 100 } });
    const taken = await sharp(await toPicture(400, 200, 'jpeg'))
      .withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 30/1 0/1' } })
      .jpeg()
      .toBuffer();
    expect((await sharp(taken).metadata()).exif).toBeDefined();
    const { exif, ...pixels } = await pixelsOf(await readOne(add('photo.jpg', taken)));
    expect(pixels).toMatchObject({ width: 100, height: 50, format: 'jpeg' });
    expect(exif).toBeUndefined();
  });

  test('of an animation the first frame', async () => {
    const { add, readOne } = createScene();
    const frames = await sharp([await toPicture(10, 10), await toPicture(10, 10)], {
      join: { animated: true },
    })
      .gif()
      .toBuffer();
    const content = await readOne(add('dance.gif', frames));
    expect(await pixelsOf(content)).toMatchObject({ width: 10, height: 10 });
  });

  test('FAULTS 26: a pixel bomb is not decoded', async () => {
    const { add, readOne } = createScene();
    const content = await readOne(add('bomb.png', await toPixelBomb(60_000)));
    expect(reasonOf(content)).toBe('has more than 50 million pixels');
  });

  test('FAULTS 26: a broken image', async () => {
    const { add, readOne } = createScene();
    const whole = await toPicture(300, 300);
    expect(reasonOf(await readOne(add('half.png', whole.subarray(0, whole.length / 2))))).toBe(
      'is a broken image',
    );
  });
});

describe('text', () => {
  test('code has the language of its ending', async () => {
    const { add, readOne } = createScene();
    expect(await readOne(add('main.rs', toBytes('fn main() {}\r\n')))).toEqual({
      kind: 'text',
      text: 'fn main() {}\n',
      description: 'text',
      language: 'rs',
    });
  });

  test.each([
    ['UTF-8 with a mark', Buffer.from('\ufeffGrüße', 'utf8')],
    ['UTF-16 with a mark', Buffer.from('\ufeffGrüße', 'utf16le')],
    ['UTF-16 without one', Buffer.from('Grüße', 'utf16le')],
    ['UTF-16, the other way round', Buffer.from('Grüße', 'utf16le').swap16()],
    ['the old Western encoding', Buffer.from('Grüße', 'latin1')],
  ])('%s', async (_, bytes) => {
    const { add, readOne } = createScene();
    expect(await readOne(add('a.txt', bytes))).toMatchObject({ kind: 'text', text: 'Grüße' });
  });

  test('a long one is cut, also in the middle of a character', async () => {
    const { add, readOne } = createScene({ limits: { maxTextCharacters: 5 } });
    expect(await readOne(add('a.txt', toBytes('🔥'.repeat(50))))).toMatchObject({
      text: '🔥🔥\ufffd',
      description: 'text, the first 5 characters of 200 bytes',
    });
  });

  test('FAULTS 40: characters that hide or turn text are taken out', async () => {
    const { add, readOne } = createScene();
    const content = await readOne(
      add('a.txt', toBytes('safe\u202egnp.exe\u200b\u0007 text, long enough to be one'.padEnd(200, '.'))),
    );
    expect(content).toMatchObject({ text: expect.stringMatching(/^safegnp\.exe text/) as string });
  });

  test('several together are capped in their order', async () => {
    const { add, read } = createScene({ limits: { maxTotalCharacters: 10 } });
    const files = [
      add('a.txt', toBytes('aaaaaaa')),
      add('b.txt', toBytes('bbbbbbb')),
      add('c.txt', toBytes('c')),
    ];
    const contents = (await read(files)).map(({ content }) => content);
    expect(contents[1]).toMatchObject({ text: 'bbb', description: 'text, cut to fit beside the others' });
    expect(reasonOf(contents[2])).toMatch(/too much text/);
  });
});

describe('PDF', () => {
  test('its text, page by page', async () => {
    const { add, readOne } = createScene();
    expect(await readOne(add('report', toPdf(['First page', 'Second page'])))).toEqual({
      kind: 'text',
      text: 'First page\n\nSecond page',
      description: 'PDF, 2 pages',
    });
  });

  test('only so many pages', async () => {
    const { add, readOne } = createScene({ limits: { maxPdfPages: 2 } });
    expect(await readOne(add('book.pdf', toPdf(['one', 'two', 'three'])))).toMatchObject({
      text: 'one\n\ntwo',
      description: 'PDF, the first 2 of 3 pages',
    });
  });

  test('FAULTS 26: one that unpacks to far more than it is', async () => {
    const { add, readOne } = createScene({ limits: { maxPdfMemoryMb: 40 } });
    const bomb = toPdfBomb(120);
    expect(bomb.length).toBeLessThan(2_000);
    expect(reasonOf(await readOne(add('bomb.pdf', bomb)))).toBe('unpacks to more than I can hold');
  });

  test('FAULTS 26: one that takes too long, is broken, or holds no text', async () => {
    const { add, readOne } = createScene({ limits: { pdfTimeoutMs: 1 } });
    expect(reasonOf(await readOne(add('slow.pdf', toPdf(['text']))))).toBe('takes too long to read');
    const patient = createScene();
    const broken = patient.add('broken.pdf', toBytes('%PDF-1.7 and nothing else'));
    const empty = patient.add('scan.pdf', toPdf([' ']));
    const contents = await patient.read([broken, empty]);
    expect(contents.map(({ content }) => reasonOf(content))).toEqual([
      'is a PDF that cannot be read',
      expect.stringMatching(/holds no text/),
    ]);
  });
});

describe('speech', () => {
  test('a voice message is transcribed, under a name that fits its bytes', async () => {
    const recordings: string[] = [];
    const { add, read } = createScene({
      transcribe: ({ name, contentType }) => {
        recordings.push(`${name} ${contentType}`);
        return Promise.resolve({ kind: 'text', text: 'What time is it?' });
      },
    });
    const files = await read([add('voice-message', toOgg(), { isVoice: true }), add('song.exe', toWav())]);
    expect(files.map(({ isVoice, content }) => [isVoice, content.kind])).toEqual([
      [true, 'text'],
      [false, 'text'],
    ]);
    expect(files[0]?.content).toMatchObject({ description: 'transcript of a voice message' });
    expect(recordings.toSorted()).toEqual(['recording.ogg audio/ogg', 'recording.wav audio/wav']);
  });

  test('where the server transcribes nothing, or fails, a sentence says so', async () => {
    const none = createScene({ transcribe: () => Promise.resolve({ kind: 'unavailable' }) });
    expect(reasonOf(await none.readOne(none.add('a', toOgg())))).toMatch(/transcribes no speech/);
    const down = createScene({ transcribe: () => Promise.reject(new ModelError('unavailable', 'down')) });
    expect(reasonOf(await down.readOne(down.add('a', toOgg())))).toBe('could not be transcribed just now');
  });
});

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
    const { add, read, files } = createScene({ limits: { timeoutMs: 100 }, delayMs: 1 });
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

test('several are read at once, within the limit of all questions', async () => {
  const { add, read, state } = createScene({
    limits: { maxParallel: 4, maxParallelPerQuestion: 3 },
    delayMs: 10,
  });
  const question = () => read(Array.from({ length: 6 }, (_, index) => add(`${index}.txt`, toBytes('text'))));
  await question();
  expect(state.peak).toBe(3);
  await Promise.all([question(), question()]);
  expect(state.peak).toBe(4);
});

test('a run that is stopped waits for no file', async () => {
  const { add, read, state } = createScene({ delayMs: 60_000 });
  const stopped = new AbortController();
  const reading = read([add('a.txt', toBytes('a'))], stopped.signal);
  await sleep(5);
  stopped.abort(new Error('stopped'));
  await expect(reading).rejects.toThrow('stopped');
  expect(state.active).toBe(0);
});
