import pLimit from 'p-limit';
import type { ImageFormat } from './file-type.ts';
import { loadSharp } from './load-sharp.ts';
import type { AttachmentContent } from './ports.ts';
import { Unreadable } from './unreadable.ts';

export interface ImageLimits {
  /** Of the original; more is not decoded. */
  readonly maxPixels: number;
  /** Longer images are scaled to this side. */
  readonly maxSide: number;
  /** Of the image that the model gets. */
  readonly maxEncodedBytes: number;
  readonly timeoutMs: number;
}

export type ReadImage = (
  bytes: Uint8Array,
  format: ImageFormat,
  signal: AbortSignal,
) => Promise<AttachmentContent>;

/** Images decoded at once: each may take some hundred megabytes for a moment. */
const MAX_PARALLEL = 2;
const JPEG_QUALITIES = [82, 60] as const;

/**
 * Decodes an image in a thread and makes it anew as PNG or JPEG, which every server takes: upright, no larger than
 * wanted, the first frame of an animation, without what cameras write beside the pixels. Throws Unreadable.
 */
export function createImageReader(limits: ImageLimits, load: typeof loadSharp = loadSharp): ReadImage {
  const limit = pLimit(MAX_PARALLEL);
  return (bytes, format, signal) =>
    limit(async () => {
      signal.throwIfAborted();
      try {
        return await toImage(await load(), bytes, format, limits);
      } catch (error) {
        throw toUnreadable(error, limits);
      }
    });
}

async function toImage(
  sharp: Awaited<ReturnType<typeof loadSharp>>,
  bytes: Uint8Array,
  format: ImageFormat,
  { maxPixels, maxSide, maxEncodedBytes, timeoutMs }: ImageLimits,
): Promise<AttachmentContent> {
  const source = sharp(bytes, { limitInputPixels: maxPixels, pages: 1, failOn: 'error' });
  const { width, height, hasAlpha, pages = 1 } = await source.metadata();
  const image = source
    .timeout({ seconds: Math.ceil(timeoutMs / 1_000) })
    .autoOrient()
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true });
  const described = `image, ${width} × ${height} pixels${pages > 1 ? ', the first frame of an animation' : ''}`;
  const isDrawn = format === 'png' || format === 'gif' || hasAlpha;
  if (isDrawn) {
    const png = await image.clone().png().toBuffer();
    if (png.length <= maxEncodedBytes) return toContent('image/png', png, described);
  }
  for (const quality of JPEG_QUALITIES) {
    const jpeg = await image.clone().flatten({ background: 'white' }).jpeg({ quality }).toBuffer();
    if (jpeg.length <= maxEncodedBytes) return toContent('image/jpeg', jpeg, described);
  }
  throw new Unreadable('has more detail than can be shown to the model');
}

function toContent(type: string, bytes: Buffer, description: string): AttachmentContent {
  return { kind: 'image', url: `data:${type};base64,${bytes.toString('base64')}`, description };
}

function toUnreadable(error: unknown, { maxPixels }: ImageLimits): Unreadable {
  if (error instanceof Unreadable) return error;
  const message = error instanceof Error ? error.message : '';
  if (/pixel limit/i.test(message)) {
    return new Unreadable(`has more than ${Math.round(maxPixels / 1_000_000)} million pixels`, {
      cause: error,
    });
  }
  if (/timeout/i.test(message)) return new Unreadable('takes too long to decode', { cause: error });
  return new Unreadable('is a broken image', { cause: error });
}
