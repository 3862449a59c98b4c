import pLimit from 'p-limit';
import { ModelError, TimeoutError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import { DownloadError, type GuardedFetch } from '../lib/guarded-fetch.ts';
import type { Log } from '../observability/log.ts';
import type { Attachment } from './attachment.ts';
import { capTotals } from './cap-totals.ts';
import { createDownloader } from './download-attachment.ts';
import { DEFAULT_LIMITS, type AttachmentLimits } from './limits.ts';
import type {
  AttachmentContent,
  AttachmentReader,
  PreparedAttachment,
  ReadAttachmentsOptions,
  Transcriber,
} from './ports.ts';
import { createFileReader } from './read-file.ts';
import { Unreadable } from './unreadable.ts';

export interface AttachmentReaderOptions {
  readonly fetch: GuardedFetch;
  readonly transcriber: Transcriber;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly limits?: Partial<AttachmentLimits>;
  /** epoch ms */
  readonly now?: () => number;
}

/**
 * Downloads attachments and makes of each what can be put before a model. However many questions come at once, no
 * more than so many files are held in memory.
 */
export function createAttachmentReader(options: AttachmentReaderOptions): AttachmentReader {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const download = createDownloader({ ...options, limits });
  const readFile = createFileReader({ ...options, limits });
  const inAll = pLimit(limits.maxParallel);

  const readOne = async (
    attachment: Attachment,
    renew: ReadAttachmentsOptions['renew'],
    signal: AbortSignal,
  ): Promise<AttachmentContent> => {
    try {
      // The wait for a place counts as well.
      return await withDeadline('Reading a file', limits.timeoutMs, signal, ({ signal: fileSignal }) =>
        inAll(async () => {
          fileSignal.throwIfAborted();
          return readFile(attachment, await download(attachment, renew, fileSignal), fileSignal);
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
    async read(attachments, { renew }, signal) {
      const inQuestion = pLimit(limits.maxParallelPerQuestion);
      let bytes = 0;
      const work = attachments.map(async (attachment, index): Promise<PreparedAttachment> => {
        const { id, name, isVoice = false } = attachment;
        const refusal = refuse(attachment, index, (bytes += attachment.size), limits);
        const content: AttachmentContent = refusal
          ? { kind: 'unreadable', reason: refusal }
          : await inQuestion(() => readOne(attachment, renew, signal));
        return { id, name, isVoice, content };
      });
      return capTotals(await Promise.all(work), limits);
    },
  };
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

function toReason(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  if (error instanceof TimeoutError) return 'took too long to fetch and read';
  if (error instanceof ModelError) return 'could not be transcribed just now';
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
