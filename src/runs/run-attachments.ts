import type { Attachment } from '../attachments/attachment.ts';
import type { AttachmentReader, PreparedAttachment } from '../attachments/ports.ts';
import type { Log } from '../observability/log.ts';
import type { Run } from './run.ts';

/** What was read of a run's files, by the id of the attachment. */
export type RunFiles = ReadonlyMap<string, PreparedAttachment>;

export const NO_FILES: RunFiles = new Map();

export type { QuestionView } from '../prompt/attached-files.ts';

/**
 * The attachments of a message with addresses that are signed anew, also those of what it forwards or replies to;
 * empty where the message is gone.
 */
export type RefreshAttachments = (
  channelId: string,
  messageId: string,
  signal: AbortSignal,
) => Promise<readonly { readonly id: string; readonly url: string }[]>;

export interface RunAttachmentsOptions {
  readonly reader: AttachmentReader;
  readonly refresh: RefreshAttachments;
  readonly log: Pick<Log, 'warn'>;
}

/** Reads the files of a run: those of the question first, then those of the messages that it is about. */
export type ReadRunAttachments = (run: Run, signal: AbortSignal) => Promise<RunFiles>;

/** Quoted files beyond these are named to the model, but not read. */
const MAX_QUOTED_FILES = 4;

export function hasFiles({ prompt }: Run): boolean {
  return prompt.attachments.length > 0 || prompt.quotes.some(({ attachments }) => attachments.length > 0);
}

export function createRunAttachments(options: RunAttachmentsOptions): ReadRunAttachments {
  return async (run, signal) => {
    const { own, quoted } = toSources(run);
    const sources = new Map([...own, ...quoted].map((source) => [source.attachment.id, source]));
    if (sources.size === 0) return NO_FILES;
    const addresses = createAddressBook(run.channelId, options);
    const files = await options.reader.read(
      [...sources.values()].map(({ attachment }) => attachment),
      {
        userId: run.requester.id,
        renew: ({ id }, fileSignal) => addresses.find(id, sources.get(id)?.messageIds ?? [], fileSignal),
      },
      signal,
    );
    return new Map(files.map((file) => [file.id, file]));
  };
}

interface Source {
  readonly attachment: Attachment;
  /** Messages that may show a new address of it. */
  readonly messageIds: readonly string[];
}

/** The files of a run that are read. */
export function toSources({ origin, prompt }: Run): { own: Source[]; quoted: Source[] } {
  const question = origin.kind === 'message' ? [origin.messageId] : [];
  const own = prompt.attachments.map((attachment) => ({ attachment, messageIds: question }));
  // The last quote is what the person answered.
  const quoted = prompt.quotes.toReversed().flatMap(({ messageId, attachments }) => {
    const messageIds = [...question, ...(messageId === null ? [] : [messageId])];
    return attachments.map((attachment) => ({ attachment, messageIds }));
  });
  return { own, quoted: quoted.slice(0, MAX_QUOTED_FILES) };
}

/** Asks for each message once, however many of its files need a new address. */
function createAddressBook(channelId: string, { refresh, log }: RunAttachmentsOptions) {
  const messages = new Map<string, ReturnType<RefreshAttachments>>();

  const load = (messageId: string, signal: AbortSignal): ReturnType<RefreshAttachments> => {
    const known = messages.get(messageId);
    if (known) return known;
    const loading = refresh(channelId, messageId, signal).catch((error: unknown) => {
      log.warn({ err: error, messageId }, 'the addresses of files could not be renewed');
      return [];
    });
    messages.set(messageId, loading);
    return loading;
  };

  return {
    async find(id: string, messageIds: readonly string[], signal: AbortSignal): Promise<string | undefined> {
      for (const messageId of messageIds) {
        const found = (await load(messageId, signal)).find((attachment) => attachment.id === id);
        if (found) return found.url;
      }
      return undefined;
    },
  };
}
