const MB = 1024 * 1024;

export const DEFAULT_LIMITS = {
  /** Files of one question, those of quoted messages included. */
  maxFiles: 10,
  maxFileBytes: 16 * MB,
  /** Of all files of a question. */
  maxTotalBytes: 32 * MB,
  /** Of one file's text. */
  maxTextCharacters: 40_000,
  /** Of the text of all files of a question. */
  maxTotalCharacters: 100_000,
  maxImages: 8,
  /** Of all images of a question as the model gets them, in base64: they are held as long as it is worked on. */
  maxTotalImageCharacters: 8 * MB,
  /** Of an image as it comes; more is not decoded. */
  maxPixels: 50_000_000,
  /** Of an image as it comes; what is longer or higher is not decoded. */
  maxImageSourceSide: 30_000,
  /** Longer images are scaled to this side. */
  maxImageSide: 1_536,
  /** Of an image as the model gets it. */
  maxImageBytes: 1.5 * MB,
  maxPdfPages: 50,
  /** Processor time of one image or PDF, as long as nothing is known of it. */
  quickDecodeCpuMs: 1_500,
  /** Of one image or PDF; of one that takes longer than the above, once more. */
  decodeTimeoutMs: 10_000,
  /** Of all images and PDFs of a question. */
  decodeTotalMs: 15_000,
  /** Processes that decode at once over all questions, of either kind. */
  maxQuickDecoders: 2,
  maxLongDecoders: 1,
  /** Of either kind. */
  maxDecodersPerUser: 1,
  /** Of such a process. */
  maxDecoderMemoryMb: 400,
  downloadTimeoutMs: 20_000,
  /** From the question to the last file, whatever it waits for. */
  timeoutMs: 60_000,
  /** At once, over all questions. */
  maxDownloads: 24,
  maxDownloadsPerUser: 6,
  /** Of all files that are held in memory at once, from the download until they are read. */
  maxBytesInMemory: 128 * MB,
  maxBytesInMemoryPerUser: 32 * MB,
} as const;

export type AttachmentLimits = Readonly<Record<keyof typeof DEFAULT_LIMITS, number>>;
