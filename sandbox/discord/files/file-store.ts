import { createHmac, randomBytes } from 'node:crypto';
import type { APIAttachment } from 'discord-api-types/v10';
import { toContentType } from './content-type.ts';
import { toImageSize } from './image-size.ts';

export interface UploadedFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly contentType?: string | undefined;
  readonly description?: string | undefined;
  readonly durationSecs?: number | undefined;
  readonly waveform?: string | undefined;
}

/** Bytes of attachments, behind URLs that are signed and expire as Discord's do. */
export interface FileStore {
  /** Set once the port is known. */
  setBaseUrl(baseUrl: string): void;
  add(id: string, channelId: string, file: UploadedFile, options?: { ephemeral?: boolean }): APIAttachment;
  /** The same attachment behind a URL that is signed anew. */
  refresh(attachment: APIAttachment): APIAttachment;
  /** Undefined where the signature is missing, wrong or has expired. */
  read(
    path: string,
    query: URLSearchParams,
  ): { content: Uint8Array; contentType: string | undefined } | undefined;
}

const capacityBytes = 256 * 1024 * 1024;

export function createFileStore(options: { urlLifetimeMs: number }): FileStore {
  const secret = randomBytes(32);
  const files = new Map<string, { content: Uint8Array; contentType: string | undefined }>();
  let storedBytes = 0;
  let baseUrl = '';

  function sign(path: string): string {
    const issued = Math.floor(Date.now() / 1000);
    const expires = Math.floor((Date.now() + options.urlLifetimeMs) / 1000);
    const [ex, is] = [expires.toString(16), issued.toString(16)];
    return `${baseUrl}${path}?ex=${ex}&is=${is}&hm=${toSignature(path, ex, is)}&`;
  }

  function toSignature(path: string, ex: string, is: string): string {
    return createHmac('sha256', secret).update(`${path}|${ex}|${is}`).digest('hex');
  }

  function keep(path: string, content: Uint8Array, contentType: string | undefined): void {
    files.set(path, { content, contentType });
    storedBytes += content.byteLength;
    for (const [oldest, file] of files) {
      if (storedBytes <= capacityBytes || oldest === path) break;
      files.delete(oldest);
      storedBytes -= file.content.byteLength;
    }
  }

  return {
    setBaseUrl(url) {
      baseUrl = url;
    },
    add(id, channelId, file, { ephemeral = false } = {}) {
      const filename = toStoredName(file.name);
      const contentType = file.contentType ?? toContentType(filename);
      const folder = ephemeral ? 'ephemeral-attachments' : 'attachments';
      const path = `/${folder}/${channelId}/${id}/${filename}`;
      keep(path, file.content, contentType);
      const url = sign(path);
      const size = toImageSize(file.content);
      return {
        id,
        filename,
        size: file.content.byteLength,
        url,
        proxy_url: url,
        ...(contentType === undefined ? {} : { content_type: contentType }),
        ...(size === undefined ? {} : size),
        ...(file.description === undefined ? {} : { description: file.description }),
        ...(file.durationSecs === undefined ? {} : { duration_secs: file.durationSecs }),
        ...(file.waveform === undefined ? {} : { waveform: file.waveform }),
        ...(ephemeral ? { ephemeral: true } : {}),
      };
    },
    refresh(attachment) {
      const url = sign(new URL(attachment.url).pathname);
      return { ...attachment, url, proxy_url: url };
    },
    read(path, query) {
      const [ex, is, hm] = [query.get('ex') ?? '', query.get('is') ?? '', query.get('hm') ?? ''];
      if (hm !== toSignature(path, ex, is) || parseInt(ex, 16) * 1000 <= Date.now()) return undefined;
      return files.get(path);
    },
  };
}

/** Discord keeps letters, digits, dot, dash and underscore of a file's name. */
function toStoredName(name: string): string {
  const kept = name.replaceAll(/\s/g, '_').replaceAll(/[^\w.-]/g, '');
  return kept === '' ? 'unknown' : kept;
}
