import { expect, test } from 'vitest';
import type { Decoded } from '../../src/attachments/decoding/protocol.ts';
import { TimeoutError } from '../../src/errors.ts';
import type { AttachmentLimits } from '../../src/attachments/limits.ts';
import { sleep } from '../../src/lib/abort.ts';
import { toPdf } from './pdf-files.ts';
import { createScene, reasonOf } from './reader-scene.ts';

const PAGE: Decoded = { kind: 'text', pages: 1, readPages: 1, isCut: false, bytes: Buffer.from('text') };

/** Decoders that never end with a file of that many pages, and at once with any other. */
function createDecoderScene(limits: Partial<AttachmentLimits>) {
  const decoded: string[] = [];
  const endless = toPdf(['endless']);
  const decode = async (
    { maxCpuMs }: { maxCpuMs: number },
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<Decoded> => {
    const isEndless = bytes.length === endless.length;
    decoded.push(isEndless ? 'endless' : 'plain');
    if (!isEndless) return PAGE;
    await sleep(maxCpuMs, signal);
    throw new TimeoutError('Decoding', maxCpuMs);
  };
  const scene = createScene({
    limits,
    decoders: { image: { decode }, pdf: { decode } },
  });
  const tenEndless = () => Array.from({ length: 10 }, (_, index) => scene.add(`${index}.pdf`, endless));
  return { ...scene, decoded, tenEndless };
}

test('FAULTS 26: one person, however many files and questions, leaves a decoder to others', async () => {
  const { add, read, readOne, tenEndless, decoded } = createDecoderScene({
    quickDecodeCpuMs: 600_000,
    decodeTimeoutMs: 600_000,
    decodeTotalMs: 600_000,
  });
  const stopped = new AbortController();
  const held = [tenEndless(), tenEndless()].map((files) => read(files, 'mallory', stopped.signal));
  const [ann] = await read([add('report.pdf', toPdf(['a report']))], 'ann');
  expect(ann?.content).toMatchObject({ kind: 'text', text: 'text' });
  expect(decoded).toEqual(['endless', 'plain']);
  expect(await readOne(add('notes.txt', Buffer.from('notes')))).toMatchObject({ text: 'notes' });
  stopped.abort(new Error('stopped'));
  await Promise.allSettled(held);
});

test('FAULTS 26: the files of a question have a time together, and what comes after is refused', async () => {
  const { add, read, tenEndless, decoded } = createDecoderScene({
    quickDecodeCpuMs: 40,
    decodeTimeoutMs: 40,
    decodeTotalMs: 60,
  });
  const files = [...tenEndless().slice(0, 9), add('plain.pdf', toPdf(['one plain page']))];
  const reasons = (await read(files)).map(({ content }) => reasonOf(content));
  expect(reasons[0]).toBe('takes too long to read');
  expect(new Set(reasons.slice(2))).toEqual(new Set(['comes after files that took all of my time for it']));
  expect(decoded).not.toContain('plain');
  // The time is that of one question.
  const [plain] = await read([add('plain.pdf', toPdf(['one plain page']))]);
  expect(plain?.content.kind).toBe('text');
});

test('FAULTS 26: many people with slow files do not hold all decoders together', async () => {
  const { add, read, tenEndless } = createDecoderScene({
    quickDecodeCpuMs: 20,
    decodeTimeoutMs: 600_000,
    decodeTotalMs: 600_000,
  });
  const stopped = new AbortController();
  const slow = ['mallory', 'mort', 'mia', 'max'].map((name) => read(tenEndless(), name, stopped.signal));
  const [ann] = await read([add('report.pdf', toPdf(['a report']))], 'ann');
  expect(ann?.content).toMatchObject({ kind: 'text', text: 'text' });
  stopped.abort(new Error('stopped'));
  await Promise.allSettled(slow);
});

test('a file that takes longer than most is begun again, and read', async () => {
  let attempts = 0;
  const { add, readOne } = createScene({
    limits: { quickDecodeCpuMs: 20, decodeTimeoutMs: 600_000 },
    decoders: {
      image: { decode: () => Promise.reject(new Error('There are no images here')) },
      pdf: {
        decode({ maxCpuMs }) {
          attempts += 1;
          return maxCpuMs === 20 ? Promise.reject(new TimeoutError('Decoding', 20)) : Promise.resolve(PAGE);
        },
      },
    },
  });
  expect(await readOne(add('long.pdf', toPdf(['long'])))).toMatchObject({ kind: 'text', text: 'text' });
  expect(attempts).toBe(2);
});
