import { Buffer } from 'node:buffer';
import type { Decoded, RefusalReason } from './decoding/protocol.ts';
import type { AttachmentLimits } from './limits.ts';
import type { AttachmentContent } from './ports.ts';
import { Unreadable } from './unreadable.ts';

type SizeLimits = Pick<AttachmentLimits, 'maxPixels' | 'maxImageSourceSide'>;

/** The words for what a decoder made of a file. Throws Unreadable. */
export function toContent(decoded: Decoded, what: 'image' | 'PDF', limits: SizeLimits): AttachmentContent {
  switch (decoded.kind) {
    case 'refused': {
      const { reason, message } = decoded;
      throw new Unreadable(toReason(reason, what, limits), { cause: new Error(message) });
    }
    case 'image': {
      const { width, height, frames, contentType, bytes } = decoded;
      const description = `image, ${width} × ${height} pixels${frames > 1 ? ', the first frame of an animation' : ''}`;
      return { kind: 'image', url: `data:${contentType};base64,${toText(bytes, 'base64')}`, description };
    }
    case 'text': {
      const { pages, readPages, isCut } = decoded;
      const text = toText(decoded.bytes, 'utf8');
      if (text.trim() === '') throw new Unreadable('holds no text, only pictures of pages perhaps');
      const isWhole = readPages === pages && !isCut;
      const whole = `PDF, ${pages} ${pages === 1 ? 'page' : 'pages'}`;
      const part = `PDF, ${isCut ? 'the beginning' : `the first ${readPages}`} of ${pages} pages`;
      return { kind: 'text', text, description: isWhole ? whole : part };
    }
  }
}

function toReason(
  reason: RefusalReason,
  what: 'image' | 'PDF',
  { maxPixels, maxImageSourceSide }: SizeLimits,
): string {
  switch (reason) {
    case 'memory':
      return 'unpacks to more than I can hold';
    case 'time':
      return 'takes too long to read';
    case 'broken':
      return what === 'image' ? 'is a broken image' : 'is a PDF that cannot be read';
    case 'pixels':
      return `has more than ${Math.round(maxPixels / 1_000_000)} million pixels`;
    case 'side':
      return `is longer than ${maxImageSourceSide.toLocaleString('en')} pixels on one side`;
    case 'detail':
      return 'has more detail than can be shown to the model';
    case 'locked':
      return 'is protected by a password';
  }
}

function toText(bytes: Uint8Array, encoding: 'base64' | 'utf8'): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
}
