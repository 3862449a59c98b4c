import { expect, test } from 'vitest';
import type { Decoded } from '../../src/attachments/decoding/protocol.ts';
import { sleep } from '../../src/lib/abort.ts';
import { toPdf } from './pdf-files.ts';
import { createScene, reasonOf } from './reader-scene.ts';

const PAGE: Decoded = { kind: 'text', pages: 1, readPages: 1, isCut: false, bytes: Buffer.from('text') };

/** Decoders that never end with a file of that many pages, and at once with any other. */
function createDecoderScene(limits: { decodeTimeoutMs: number; decodeTotalMs: number }) {
  const decoded: string[] = [];
  const endless = toPdf(['endless']);
  const decode = async (_: object, bytes: Uint8Array, signal: AbortSignal): Promise<Decoded> => {
    const isEndless = bytes.length === endless.length;
    decoded.push(isEndless ? 'endless' : 'plain');
    if (isEndless) await sleep(600_000, signal);
    return PAGE;
  };
  const scene = createScene({
    limits: { maxDecoders: 2, maxDecodersPerUser: 1, ...limits },
    decoders: { image: { decode }, pdf: { decode } },
  });
  const tenEndless = () => Array.from({ length: 10 }, (_, index) => scene.add(`${index}.pdf`, endless));
  return { ...scene, decoded, tenEndless };
}

test('FAULTS 26: one person, however many files and questions, leaves a decoder to others', async () => {
  const { add, read, readOne, tenEndless, decoded } = createDecoderScene({
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
  const { add, read, tenEndless, decoded } = createDecoderScene({ decodeTimeoutMs: 40, decodeTotalMs: 60 });
  const files = [...tenEndless().slice(0, 9), add('plain.pdf', toPdf(['one plain page']))];
  const reasons = (await read(files)).map(({ content }) => reasonOf(content));
  expect(reasons[0]).toBe('takes too long to read');
  expect(new Set(reasons.slice(2))).toEqual(new Set(['comes after files that took all of my time for it']));
  expect(decoded).not.toContain('plain');
  // The time is that of one question.
  const [plain] = await read([add('plain.pdf', toPdf(['one plain page']))]);
  expect(plain?.content.kind).toBe('text');
});
