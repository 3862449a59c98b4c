import { loadSharp } from './load-sharp.ts';
import { toRefusal, type Decoded, type ImageTask } from './protocol.ts';

const JPEG_QUALITIES = [82, 60] as const;

/**
 * Makes an image anew as PNG or JPEG, which every server takes: upright, no larger than wanted, the first frame of an
 * animation, without what cameras write beside the pixels. Its size is checked before a pixel is decoded. Rejects
 * where the image is broken.
 */
export async function decodeImage(task: ImageTask, bytes: Uint8Array): Promise<Decoded> {
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
