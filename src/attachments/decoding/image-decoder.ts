import type sharp from 'sharp';
import { toRefusal, type Decoded, type ImageTask } from './protocol.ts';
import { serveDecoder } from './serve-decoder.ts';

const JPEG_QUALITIES = [82, 60] as const;

/**
 * Makes an image anew as PNG or JPEG, which every server takes: upright, no larger than wanted, the first frame of an
 * animation, without what cameras write beside the pixels. Its size is checked before a pixel is decoded. Rejects
 * where the image is broken.
 */
async function decodeImage(task: ImageTask, bytes: Uint8Array): Promise<Decoded> {
  const { format, maxPixels, maxSide, shownSide, maxEncodedBytes } = task;
  const sharp = await loadSharp();
  // What is wrong with the size is said below.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  const { width, height, hasAlpha, pages: frames = 1 } = header;
  const size = `${width} × ${height}`;
  if (width * height > maxPixels) return toRefusal('pixels', size);
  if (Math.max(width, height) > maxSide) return toRefusal('side', size);
  const image = sharp(bytes, { limitInputPixels: maxPixels, pages: 1, failOn: 'error' })
    .autoOrient()
    .resize({ width: shownSide, height: shownSide, fit: 'inside', withoutEnlargement: true });
  const isDrawn = format === 'png' || format === 'gif' || hasAlpha;
  if (isDrawn) {
    const png = await image.clone().png().toBuffer();
    if (png.length <= maxEncodedBytes) {
      return { kind: 'image', contentType: 'image/png', width, height, frames, bytes: png };
    }
  }
  for (const quality of JPEG_QUALITIES) {
    const jpeg = await image.clone().flatten({ background: 'white' }).jpeg({ quality }).toBuffer();
    if (jpeg.length <= maxEncodedBytes) {
      return { kind: 'image', contentType: 'image/jpeg', width, height, frames, bytes: jpeg };
    }
  }
  return toRefusal('detail', size);
}

let loading: Promise<typeof sharp> | undefined;

/** The image library, with the first image. */
function loadSharp(): Promise<typeof sharp> {
  return (loading ??= load());
}

async function load(): Promise<typeof sharp> {
  const { default: library } = await import('sharp');
  // Only what is read here; the many other formats are not open to files from outside.
  library.block({ operation: ['VipsForeignLoad'] });
  library.unblock({
    operation: [
      'VipsForeignLoadPngBuffer',
      'VipsForeignLoadJpegBuffer',
      'VipsForeignLoadNsgifBuffer',
      'VipsForeignLoadWebpBuffer',
    ],
  });
  library.cache(false);
  // Other processes have work, too.
  library.concurrency(1);
  return library;
}

serveDecoder(decodeImage);
