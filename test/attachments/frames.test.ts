import { expect, test } from 'vitest';
import { createFrameReader, toFrameHead, type Frame } from '../../src/attachments/decoding/frames.ts';

function readAll(bytes: Buffer, chunkBytes: number, maxBodyBytes = 1_000): Frame[] {
  const frames: Frame[] = [];
  const read = createFrameReader(maxBodyBytes, (frame) => frames.push(frame));
  for (let at = 0; at < bytes.length; at += chunkBytes) read(bytes.subarray(at, at + chunkBytes));
  return frames;
}

test.each([1, 3, 7, 1_000])('frames are put together from chunks of %i bytes', (chunkBytes) => {
  const frames = [
    { header: { name: 'Grüße' }, body: Buffer.from('one') },
    { header: {}, body: Buffer.alloc(0) },
    { header: { last: true }, body: Buffer.alloc(500, 7) },
  ];
  const bytes = Buffer.concat(frames.flatMap(({ header, body }) => [toFrameHead(header, body.length), body]));
  expect(readAll(bytes, chunkBytes)).toEqual(frames);
});

test('one that is larger than it may be is refused by what it claims, before it is there', () => {
  expect(() => readAll(toFrameHead({}, 1_001), 8)).toThrow(RangeError);
  expect(() => readAll(Buffer.from('no frame at all'), 8)).toThrow(RangeError);
});
