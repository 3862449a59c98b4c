import { expect, test } from 'vitest';
import type { loadSharp } from '../../src/attachments/load-sharp.ts';
import { createImageReader } from '../../src/attachments/read-image.ts';

/** An image library that never ends by itself; a second of its deadline takes a hundredth here. */
const endless = () => {
  let seconds: number | undefined;
  const image = {
    metadata: () => Promise.resolve({ width: 1, height: 1, hasAlpha: false }),
    timeout(given: { seconds: number }) {
      ({ seconds } = given);
      return image;
    },
    autoOrient: () => image,
    resize: () => image,
    clone: () => image,
    png: () => image,
    toBuffer: () =>
      new Promise((_, reject) => {
        if (seconds === undefined) return;
        setTimeout(() => {
          reject(new Error('timeout: 1% complete'));
        }, seconds * 10);
      }),
  };
  return image;
};

test('FAULTS 26: an image that takes too long ends in a sentence, and the next one is read', async () => {
  const limits = { maxPixels: 1e6, maxSide: 100, maxEncodedBytes: 1e6, timeoutMs: 2_000 };
  const load = (() => Promise.resolve(endless)) as unknown as typeof loadSharp;
  const read = createImageReader(limits, load);
  const { signal } = new AbortController();
  const images = Array.from({ length: 3 }, () => read(new Uint8Array(8), 'png', signal));
  for (const image of images) await expect(image).rejects.toThrow('takes too long to decode');
});
