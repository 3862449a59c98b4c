const MB = 1024 * 1024;

export interface AttachmentLimits {
  /** Files of one question, those of quoted messages included. */
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  /** Of all files of a question. */
  readonly maxTotalBytes: number;
  /** Of one file's text. */
  readonly maxTextCharacters: number;
  /** Of the text of all files of a question. */
  readonly maxTotalCharacters: number;
  readonly maxImages: number;
  readonly maxPixels: number;
  /** Longer images are scaled to this side. */
  readonly maxImageSide: number;
  /** Of an image as the model gets it. */
  readonly maxImageBytes: number;
  readonly imageTimeoutMs: number;
  readonly maxPdfPages: number;
  readonly maxPdfMemoryMb: number;
  readonly pdfTimeoutMs: number;
  readonly downloadTimeoutMs: number;
  /** From the question to the last file. */
  readonly timeoutMs: number;
  readonly maxParallelPerQuestion: number;
  /** Over all questions. With `maxFileBytes` it bounds the memory. */
  readonly maxParallel: number;
}

export const DEFAULT_LIMITS = {
  maxFiles: 10,
  maxFileBytes: 16 * MB,
  maxTotalBytes: 32 * MB,
  maxTextCharacters: 40_000,
  maxTotalCharacters: 100_000,
  maxImages: 8,
  maxPixels: 50_000_000,
  maxImageSide: 1_536,
  maxImageBytes: 1.5 * MB,
  imageTimeoutMs: 10_000,
  maxPdfPages: 50,
  maxPdfMemoryMb: 256,
  pdfTimeoutMs: 10_000,
  downloadTimeoutMs: 20_000,
  timeoutMs: 60_000,
  maxParallelPerQuestion: 5,
  maxParallel: 12,
} as const satisfies AttachmentLimits;
