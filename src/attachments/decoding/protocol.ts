import type { ImageFormat } from '../file-type.ts';

/** What a decoder is asked, beside the bytes of the file. */
export interface Task {
  /** Of the whole process, with all that it unpacks. */
  readonly maxMemoryMb: number;
  /** Processor time, of all its threads. Unlike the time of a clock it does not depend on what else the machine does. */
  readonly maxCpuMs: number;
}

export interface ImageTask extends Task {
  readonly format: ImageFormat;
  /** Of the original; more is not decoded. */
  readonly maxPixels: number;
  /** Of the original; what is longer or higher is not decoded. */
  readonly maxSide: number;
  /** Longer images are scaled to this side. */
  readonly shownSide: number;
  /** Of the image that is made. */
  readonly maxEncodedBytes: number;
}

export interface PdfTask extends Task {
  readonly maxPages: number;
  readonly maxCharacters: number;
}

/** Why a decoder makes nothing of a file. */
export const REFUSALS = [
  /** It unpacks to more than the process may hold. */
  'memory',
  /** It takes more processor time than it may. */
  'time',
  'broken',
  /** An image of more pixels, or of a longer side, than is decoded. */
  'pixels',
  'side',
  /** An image that cannot be made small enough. */
  'detail',
  /** A PDF with a password. */
  'locked',
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

/** What a decoder made of a file. Its words are made by whoever asked. */
export type Decoded =
  /** `bytes` are an image made anew from the pixels. */
  | {
      readonly kind: 'image';
      readonly contentType: 'image/png' | 'image/jpeg';
      readonly width: number;
      readonly height: number;
      readonly frames: number;
      readonly bytes: Uint8Array;
    }
  /** `bytes` are UTF-8. `readPages`: so many, from the first. */
  | {
      readonly kind: 'text';
      readonly pages: number;
      readonly readPages: number;
      readonly isCut: boolean;
      readonly bytes: Uint8Array;
    }
  /** `message` is for the log. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string };

export function toRefusal(reason: RefusalReason, cause: unknown): Decoded {
  return { kind: 'refused', reason, message: cause instanceof Error ? cause.message : String(cause) };
}
