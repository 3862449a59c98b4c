import { ModelError, TimeoutError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import { DownloadError, type GuardedFetch } from '../lib/guarded-fetch.ts';
import { cutText } from '../lib/shorten.ts';
import type { Log } from '../observability/log.ts';
import type { Attachment } from './attachment.ts';
import { createDecodeTurns, type DecodeTurn } from './decode-turns.ts';
import { DecoderError } from './decoder-process.ts';
import { createImageDecoder, createPdfDecoder } from './decoder.ts';
import { createDownloader } from './download-attachment.ts';
import { createFairPlaces } from './fair-places.ts';
import { DEFAULT_LIMITS, type AttachmentLimits } from './limits.ts';
import {
  Unreadable,
  type AttachmentContent,
  type AttachmentReader,
  type PreparedAttachment,
  type ReadAttachmentsOptions,
  type Transcriber,
} from './ports.ts';
import { createFileReader, type Decoders } from './read-file.ts';

export interface AttachmentReaderOptions {
  readonly fetch: GuardedFetch;
  readonly transcriber: Transcriber;
  /** What images and PDFs are decoded by, in place of processes of their own. */
  readonly decoders?: Decoders;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly limits?: Partial<AttachmentLimits>;
  /** epoch ms */
  readonly now?: () => number;
}

/**
 * Downloads attachments and makes of each what can be put before a model. However many questions come at once, no
 * more is held in memory, fetched and decoded than the limits allow, and people have fair shares of that.
 */
export function createAttachmentReader(options: AttachmentReaderOptions): AttachmentReader {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { decoders = { image: createImageDecoder(), pdf: createPdfDecoder() } } = options;
  const download = createDownloader({ ...options, limits });
  const readFile = createFileReader({ ...options, decoders, limits });
  const decodeTurns = createDecodeTurns(limits);
  const memory = createFairPlaces({
    capacity: limits.maxBytesInMemory,
    capacityPerUser: limits.maxBytesInMemoryPerUser,
  });
  const connections = createFairPlaces({
    capacity: limits.maxDownloads,
    capacityPerUser: limits.maxDownloadsPerUser,
  });

  const readOne = async (attachment: Attachment, question: Question): Promise<AttachmentContent> => {
    const { userId, renew, endsAt, decodeTurn, signal } = question;
    try {
      const timeoutMs = Math.max(1, endsAt - performance.now());
      return await withDeadline('Reading a file', timeoutMs, signal, ({ signal: fileSignal }) =>
        memory.hold(userId, attachment.size, fileSignal, async () => {
          const bytes = await connections.hold(userId, 1, fileSignal, () =>
            download(attachment, renew, fileSignal),
          );
          return readFile(attachment, bytes, decodeTurn, fileSignal);
        }),
      );
    } catch (error) {
      signal.throwIfAborted();
      const reason = toReason(error);
      options.log.info(
        { err: toLoggable(error), attachmentId: attachment.id, reason },
        'a file was not read',
      );
      return { kind: 'unreadable', reason };
    }
  };

  return {
    async read(attachments, { renew, userId }, signal) {
      const endsAt = performance.now() + limits.timeoutMs;
      const question = { renew, userId, endsAt, decodeTurn: decodeTurns.forQuestion(userId), signal };
      let bytes = 0;
      const work = attachments.map(async (attachment, index): Promise<PreparedAttachment> => {
        const { id, name, isVoice = false } = attachment;
        const refusal = refuse(attachment, index, (bytes += attachment.size), limits);
        const content: AttachmentContent = refusal
          ? { kind: 'unreadable', reason: refusal }
          : await readOne(attachment, question);
        return { id, name, isVoice, content };
      });
      return capTotals(await Promise.all(work), limits);
    },
  };
}

/** What the files of a question share. */
interface Question extends ReadAttachmentsOptions {
  /** As `performance.now()` tells it. */
  readonly endsAt: number;
  readonly decodeTurn: DecodeTurn;
  readonly signal: AbortSignal;
}

/** Why a file is not even fetched. `bytes`: of the files up to this one. */
function refuse(
  { size }: Attachment,
  index: number,
  bytes: number,
  limits: AttachmentLimits,
): string | undefined {
  if (index >= limits.maxFiles) return `is one too many: I read ${limits.maxFiles} files of a question`;
  if (size > limits.maxFileBytes) return `is larger than ${toMegabytes(limits.maxFileBytes)} MB`;
  if (bytes <= limits.maxTotalBytes) return undefined;
  return `is too much: I read ${toMegabytes(limits.maxTotalBytes)} MB of files for a question`;
}

type TotalLimits = Pick<AttachmentLimits, 'maxTotalCharacters' | 'maxImages' | 'maxTotalImageCharacters'>;

/** Holds what the files of a question bring together: the first ones whole, of the last what still fits. */
function capTotals(
  files: readonly PreparedAttachment[],
  { maxTotalCharacters, maxImages, maxTotalImageCharacters }: TotalLimits,
): PreparedAttachment[] {
  let characters = maxTotalCharacters;
  let images = maxImages;
  let imageCharacters = maxTotalImageCharacters;
  const cap = (content: AttachmentContent): AttachmentContent => {
    switch (content.kind) {
      case 'unreadable':
        return content;
      case 'image':
        images -= 1;
        imageCharacters -= content.url.length;
        if (images >= 0 && imageCharacters >= 0) return content;
        if (images >= 0) return { kind: 'unreadable', reason: 'is too much beside the other images' };
        return { kind: 'unreadable', reason: `is one image too many: I look at ${maxImages} for a question` };
      case 'text': {
        const room = characters;
        characters = Math.max(0, room - content.text.length);
        if (content.text.length <= room) return content;
        if (room === 0) return { kind: 'unreadable', reason: 'is too much text beside the other files' };
        const text = cutText(content.text, room);
        return { ...content, text, description: `${content.description}, cut to fit beside the others` };
      }
    }
  };
  return files.map((file) => ({ ...file, content: cap(file.content) }));
}

function toReason(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  if (error instanceof TimeoutError) return 'took too long to fetch and read';
  if (error instanceof ModelError) return 'could not be transcribed just now';
  if (error instanceof DecoderError) return 'broke what I read such files with';
  if (!(error instanceof DownloadError)) return 'could not be read, because of an error of mine';
  switch (error.kind) {
    case 'not-allowed':
      return 'stands at an address that I do not fetch from';
    case 'too-large':
      return 'is larger than it claims to be';
    case 'gone':
      return 'is no longer there';
    case 'failed':
      return 'could not be fetched';
  }
}

/** What is expected of files from outside needs no stack; the rest does. */
function toLoggable(error: unknown): unknown {
  return error instanceof Unreadable ? error.cause : error;
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / (1024 * 1024));
}
