import sharp from 'sharp';
import type { Attachment } from '../../src/attachments/attachment.ts';
import { createAttachmentReader } from '../../src/attachments/attachment-reader.ts';
import { createImageDecoder, createPdfDecoder } from '../../src/attachments/decoder.ts';
import type { AttachmentLimits } from '../../src/attachments/limits.ts';
import type { AttachmentContent, Transcriber } from '../../src/attachments/ports.ts';
import type { Decoders } from '../../src/attachments/read-file.ts';
import { sleep } from '../../src/lib/abort.ts';
import { DownloadError, type GuardedFetch } from '../../src/lib/guarded-fetch.ts';

interface SceneOptions {
  readonly limits?: Partial<AttachmentLimits>;
  readonly transcribe?: Transcriber['transcribe'];
  readonly delayMs?: number;
  /** In place of processes that decode. */
  readonly decoders?: Decoders;
}

/** For all scenes, since a process takes a while to start. */
const processes: Decoders = {
  image: createImageDecoder(),
  pdf: createPdfDecoder(),
};

/** A reader over files that stand at addresses of their own; those without bytes are gone. */
export function createScene({ limits = {}, transcribe, delayMs, decoders = processes }: SceneOptions = {}) {
  const files = new Map<string, Uint8Array>();
  const logged: string[] = [];
  const renewed = new Map<string, string>();
  const state = { active: 0, peak: 0, fetched: [] as string[] };
  const fetch: GuardedFetch = async (address, { maxBytes }, signal) => {
    state.fetched.push(address);
    state.active += 1;
    state.peak = Math.max(state.peak, state.active);
    try {
      if (delayMs !== undefined) await sleep(delayMs, signal);
      const bytes = files.get(address);
      if (!bytes) throw new DownloadError('gone', 'The file is gone');
      if (bytes.length > maxBytes) throw new DownloadError('too-large', 'The file is too large');
      return { bytes, contentType: null };
    } finally {
      state.active -= 1;
    }
  };
  const reader = createAttachmentReader({
    fetch,
    transcriber: {
      transcribe: transcribe ?? (() => Promise.resolve({ kind: 'text', text: 'spoken words' })),
    },
    log: {
      info: (data: unknown) => logged.push(JSON.stringify(data)),
      warn: (data: unknown) => logged.push(JSON.stringify(data)),
    },
    limits,
    decoders,
    now: () => 1_000_000_000,
  });
  let count = 0;
  const add = (name: string, bytes: Uint8Array, more: Partial<Attachment> = {}): Attachment => {
    count += 1;
    const url = more.url ?? `https://files/${count}`;
    files.set(url, bytes);
    return { id: String(count), name, url, contentType: null, size: bytes.length, ...more };
  };
  const read = (attachments: readonly Attachment[], userId = 'ann', signal = new AbortController().signal) =>
    reader.read(attachments, { userId, renew: ({ id }) => Promise.resolve(renewed.get(id)) }, signal);
  const readOne = async (attachment: Attachment): Promise<AttachmentContent | undefined> =>
    (await read([attachment]))[0]?.content;
  return { add, files, renewed, read, readOne, state, logged };
}

export function reasonOf(content: AttachmentContent | undefined): string {
  return content?.kind === 'unreadable' ? content.reason : `(was read as ${content?.kind ?? 'nothing'})`;
}

export async function pixelsOf(content: AttachmentContent | undefined) {
  if (content?.kind !== 'image') throw new Error(reasonOf(content));
  const [head = '', data = ''] = content.url.split(',');
  const { width, height, format, exif } = await sharp(Buffer.from(data, 'base64')).metadata();
  return { head, width, height, format, exif };
}
