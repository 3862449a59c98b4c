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
  /** Of all images of a question as the model gets them, in base64: they are held as long as it is worked on. */
  readonly maxTotalImageCharacters: number;
  /** Of an image as it comes; more is not decoded. */
  readonly maxPixels: number;
  /** Of an image as it comes; what is longer or higher is not decoded. */
  readonly maxImageSourceSide: number;
  /** Longer images are scaled to this side. */
  readonly maxImageSide: number;
  /** Of an image as the model gets it. */
  readonly maxImageBytes: number;
  readonly maxPdfPages: number;
  /** Processor time of one image or PDF, as long as nothing is known of it. */
  readonly quickDecodeCpuMs: number;
  /** Of one image or PDF; of one that takes longer than the above, once more. */
  readonly decodeTimeoutMs: number;
  /** Of all images and PDFs of a question. */
  readonly decodeTotalMs: number;
  /** Processes that decode at once over all questions, of either kind. */
  readonly maxQuickDecoders: number;
  readonly maxLongDecoders: number;
  /** Of either kind. */
  readonly maxDecodersPerUser: number;
  /** Of such a process. */
  readonly maxDecoderMemoryMb: number;
  readonly downloadTimeoutMs: number;
  /** From the question to the last file, whatever it waits for. */
  readonly timeoutMs: number;
  /** At once, over all questions. */
  readonly maxDownloads: number;
  readonly maxDownloadsPerUser: number;
  /** Of all files that are held in memory at once, from the download until they are read. */
  readonly maxBytesInMemory: number;
  readonly maxBytesInMemoryPerUser: number;
}

export const DEFAULT_LIMITS = {
  maxFiles: 10,
  maxFileBytes: 16 * MB,
  maxTotalBytes: 32 * MB,
  maxTextCharacters: 40_000,
  maxTotalCharacters: 100_000,
  maxImages: 8,
  maxTotalImageCharacters: 8 * MB,
  maxPixels: 50_000_000,
  maxImageSourceSide: 30_000,
  maxImageSide: 1_536,
  maxImageBytes: 1.5 * MB,
  maxPdfPages: 50,
  quickDecodeCpuMs: 1_500,
  decodeTimeoutMs: 10_000,
  decodeTotalMs: 15_000,
  maxQuickDecoders: 2,
  maxLongDecoders: 1,
  maxDecodersPerUser: 1,
  maxDecoderMemoryMb: 400,
  downloadTimeoutMs: 20_000,
  timeoutMs: 60_000,
  maxDownloads: 24,
  maxDownloadsPerUser: 6,
  maxBytesInMemory: 128 * MB,
  maxBytesInMemoryPerUser: 32 * MB,
} as const satisfies AttachmentLimits;
