import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { ModelError } from '../../src/errors.ts';
import { toBytes, toOgg, toPicture, toPixelBomb, toWav } from './files.ts';
import { toEndlessPdf, toHeapBomb, toPdf, toPdfBomb } from './pdf-files.ts';
import { createScene, pixelsOf, reasonOf } from './reader-scene.ts';

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

  test('together they are no more than a run may hold', async () => {
    const picture = await toPicture(40, 20);
    const alone = createScene();
    const one = await alone.readOne(alone.add('one.png', picture));
    const length = one?.kind === 'image' ? one.url.length : 0;
    const { add, read } = createScene({ limits: { maxTotalImageCharacters: 2 * length } });
    const images = Array.from({ length: 3 }, (_, index) => add(`${index}.png`, picture));
    expect((await read(images)).map(({ content }) => reasonOf(content))).toEqual([
      '(was read as image)',
      '(was read as image)',
      'is too much beside the other images',
    ]);
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

describe('FAULTS 26: an image that is nothing but long', () => {
  test('is not decoded, however few pixels it has', async () => {
    const { add, readOne } = createScene();
    const content = await readOne(add('line.png', await toPixelBomb(1, 50_000_000)));
    expect(reasonOf(content)).toBe('is longer than 30,000 pixels on one side');
  });

  test.each(['png', 'jpeg', 'gif', 'webp'] as const)('%s', async (format) => {
    const { add, readOne } = createScene({ limits: { maxImageSourceSide: 50 } });
    const [high, wide] = [await toPicture(4, 60, format), await toPicture(60, 4, format)];
    for (const image of [high, wide]) {
      const content = await readOne(add(`line.${format}`, image));
      expect(reasonOf(content)).toBe('is longer than 50 pixels on one side');
    }
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

  test('a drawing in SVG is text, and never drawn', async () => {
    const { add, readOne } = createScene();
    const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    expect(
      await readOne(add('drawing.svg', toBytes(drawing), { contentType: 'image/svg+xml' })),
    ).toMatchObject({
      kind: 'text',
      text: drawing,
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
    const { add, readOne } = createScene({ limits: { maxDecoderMemoryMb: 100 } });
    const bomb = toPdfBomb(120);
    expect(bomb.length).toBeLessThan(2_000);
    expect(reasonOf(await readOne(add('bomb.pdf', bomb)))).toBe('unpacks to more than I can hold');
  });

  test('FAULTS 26: one whose objects fill the memory, and then others are read', async () => {
    const { add, readOne } = createScene({ limits: { maxDecoderMemoryMb: 160 } });
    const bomb = toHeapBomb(4_000_000);
    expect(bomb.length).toBeLessThan(100_000);
    expect(reasonOf(await readOne(add('bomb.pdf', bomb)))).toBe('unpacks to more than I can hold');
    expect(await readOne(add('fine.pdf', toPdf(['fine'])))).toMatchObject({ kind: 'text', text: 'fine' });
  });

  test('FAULTS 26: one that never ends', async () => {
    const { add, readOne } = createScene({ limits: { quickDecodeCpuMs: 300, decodeTimeoutMs: 1_000 } });
    expect(reasonOf(await readOne(add('endless.pdf', toEndlessPdf())))).toBe('takes too long to read');
  });

  test('FAULTS 26: one that is broken, or holds no text', async () => {
    const { add, read } = createScene();
    const broken = add('broken.pdf', toBytes('%PDF-1.7 and nothing else'));
    const empty = add('scan.pdf', toPdf([' ']));
    expect((await read([broken, empty])).map(({ content }) => reasonOf(content))).toEqual([
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
