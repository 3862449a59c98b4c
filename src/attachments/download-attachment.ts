import { DownloadError, type GuardedFetch } from '../lib/guarded-fetch.ts';
import type { Attachment } from './attachment.ts';
import type { AttachmentLimits } from './limits.ts';
import type { ReadAttachmentsOptions } from './ports.ts';

export interface DownloaderOptions {
  readonly fetch: GuardedFetch;
  readonly limits: Pick<AttachmentLimits, 'downloadTimeoutMs'>;
  /** epoch ms */
  readonly now?: () => number;
}

/** An address that expires sooner is renewed first. */
const EXPIRY_MARGIN_MS = 5_000;

/** Fetches the bytes of an attachment; where its address has expired, by a new one. */
export function createDownloader({ fetch, limits, now = Date.now }: DownloaderOptions) {
  return async (
    attachment: Attachment,
    renew: ReadAttachmentsOptions['renew'],
    signal: AbortSignal,
  ): Promise<Uint8Array> => {
    const get = async (url: string): Promise<Uint8Array> => {
      // No more than it claims, by which the total was reckoned.
      const request = { maxBytes: attachment.size, timeoutMs: limits.downloadTimeoutMs };
      return (await fetch(url, request, signal)).bytes;
    };
    const getRenewed = async (reason: DownloadError): Promise<Uint8Array> => {
      const url = await renew(attachment, signal);
      if (url === undefined) throw reason;
      return get(url);
    };

    if (expiresAt(attachment.url) <= now() + EXPIRY_MARGIN_MS) {
      return getRenewed(new DownloadError('gone', 'The address has expired'));
    }
    try {
      return await get(attachment.url);
    } catch (error) {
      if (!(error instanceof DownloadError) || error.kind !== 'gone') throw error;
      return getRenewed(error);
    }
  };
}

/** Discord signs addresses until `ex`, a hexadecimal number of seconds; epoch ms, Infinity where there is none. */
function expiresAt(address: string): number {
  const ex = URL.parse(address)?.searchParams.get('ex') ?? '';
  return /^[\da-f]{1,12}$/i.test(ex) ? Number.parseInt(ex, 16) * 1_000 : Infinity;
}
