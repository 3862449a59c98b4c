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

interface StoredFile {
  readonly content: Uint8Array;
  readonly contentType: string | undefined;
}

const capacityBytes = 256 * 1024 * 1024;

/** Bytes of attachments, behind URLs that are signed and expire as Discord's do. The oldest go first. */
export class FileStore {
  readonly #secret = randomBytes(32);
  readonly #files = new Map<string, StoredFile>();
  readonly #urlLifetimeMs: number;
  #storedBytes = 0;
  #baseUrl = '';

  constructor(options: { urlLifetimeMs: number }) {
    this.#urlLifetimeMs = options.urlLifetimeMs;
  }

  /** Known once the server listens. */
  setBaseUrl(baseUrl: string): void {
    this.#baseUrl = baseUrl;
  }

  add(
    id: string,
    channelId: string,
    file: UploadedFile,
    { ephemeral = false }: { ephemeral?: boolean } = {},
  ): APIAttachment {
    const filename = toStoredName(file.name);
    const contentType = file.contentType ?? toContentType(filename);
    const folder = ephemeral ? 'ephemeral-attachments' : 'attachments';
    const path = `/${folder}/${channelId}/${id}/${filename}`;
    this.#keep(path, { content: file.content, contentType });
    const url = this.#sign(path);
    return {
      id,
      filename,
      size: file.content.byteLength,
      url,
      proxy_url: url,
      ...toImageSize(file.content),
      ...(contentType === undefined ? {} : { content_type: contentType }),
      ...(file.description === undefined ? {} : { description: file.description }),
      ...(file.durationSecs === undefined ? {} : { duration_secs: file.durationSecs }),
      ...(file.waveform === undefined ? {} : { waveform: file.waveform }),
      ...(ephemeral ? { ephemeral: true } : {}),
    };
  }

  /** The same attachment behind a URL that is signed anew. */
  refresh(attachment: APIAttachment): APIAttachment {
    const url = this.refreshUrl(attachment.url);
    return { ...attachment, url, proxy_url: url };
  }

  refreshUrl(url: string): string {
    return this.#sign(new URL(url).pathname);
  }

  /** Undefined where the signature is missing, wrong or has expired. */
  read(path: string, query: URLSearchParams): StoredFile | undefined {
    const [ex, is, hm] = [query.get('ex') ?? '', query.get('is') ?? '', query.get('hm') ?? ''];
    if (hm !== this.#toSignature(path, ex, is) || parseInt(ex, 16) * 1000 <= Date.now()) return undefined;
    return this.#files.get(path);
  }

  #keep(path: string, file: StoredFile): void {
    this.#files.set(path, file);
    this.#storedBytes += file.content.byteLength;
    for (const [oldest, { content }] of this.#files) {
      if (this.#storedBytes <= capacityBytes || oldest === path) return;
      this.#files.delete(oldest);
      this.#storedBytes -= content.byteLength;
    }
  }

  #sign(path: string): string {
    const issued = Math.floor(Date.now() / 1000).toString(16);
    const expires = Math.floor((Date.now() + this.#urlLifetimeMs) / 1000).toString(16);
    return `${this.#baseUrl}${path}?ex=${expires}&is=${issued}&hm=${this.#toSignature(path, expires, issued)}&`;
  }

  #toSignature(path: string, ex: string, is: string): string {
    return createHmac('sha256', this.#secret).update(`${path}|${ex}|${is}`).digest('hex');
  }
}

/** Discord keeps letters, digits, dot, dash and underscore of a file's name. */
function toStoredName(name: string): string {
  const kept = name.replaceAll(/\s/g, '_').replaceAll(/[^\w.-]/g, '');
  return kept === '' ? 'unknown' : kept;
}
