import { SwitchboardError } from '../errors.ts';
import { withDeadline } from './abort.ts';

export interface GuardedFetchOptions {
  /** `https://host`, or another scheme or port where the operator names one. */
  readonly origins: readonly string[];
  /** Makes the request in place of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface DownloadRequest {
  /** Of the body, unpacked. */
  readonly maxBytes: number;
  /** From the request to the last byte, redirects included. */
  readonly timeoutMs: number;
}

export interface Download {
  readonly bytes: Uint8Array;
  /** As the server claims; never trusted. */
  readonly contentType: string | null;
}

/**
 * Fetches an address that came from outside. Throws DownloadError, TimeoutError, or the signal's reason; in each
 * case the connection is closed.
 */
export type GuardedFetch = (
  address: string,
  request: DownloadRequest,
  signal: AbortSignal,
) => Promise<Download>;

export type DownloadErrorKind =
  /** The address, or one that it redirects to, may not be fetched. */
  | 'not-allowed'
  | 'too-large'
  /** 401, 403, 404, 410: not there, or no longer for us. */
  | 'gone'
  /** Any other status, or no answer. */
  | 'failed';

/** Says of the address its host alone: a path or query may hold a signature. */
export class DownloadError extends SwitchboardError {
  readonly kind: DownloadErrorKind;

  constructor(
    kind: DownloadErrorKind,
    message: string,
    options: { cause?: unknown; context?: Record<string, unknown> } = {},
  ) {
    super(`download-${kind}`, message, options);
    this.kind = kind;
  }
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const GONE: ReadonlySet<number> = new Set([401, 403, 404, 410]);

/** The one client for addresses that come from outside. It fetches from the origins it was given and no other. */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const isAllowed = createAddressCheck(options);
  const send = options.fetch ?? fetch;

  const open = async (address: string, signal: AbortSignal): Promise<Response> => {
    let url = toAllowedUrl(address, isAllowed);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await request(send, url, signal);
      if (!REDIRECTS.has(response.status)) return response;
      await response.body?.cancel();
      url = toAllowedUrl(response.headers.get('location') ?? '', isAllowed, url);
    }
    throw new DownloadError('failed', `${url.host} redirects too often`);
  };

  return (address, { maxBytes, timeoutMs }, signal) =>
    withDeadline('A download', timeoutMs, signal, async ({ signal: downloadSignal }) => {
      const response = await open(address, downloadSignal);
      try {
        checkHead(response, maxBytes);
        const bytes = await readCapped(response, maxBytes, downloadSignal);
        return { bytes, contentType: response.headers.get('content-type') };
      } catch (error) {
        await response.body?.cancel().catch(() => undefined);
        throw error;
      }
    });
}

/** The one place that decides which addresses are fetched. */
function createAddressCheck({ origins }: GuardedFetchOptions): (url: URL) => boolean {
  const allowed = new Set(origins);
  return (url) => allowed.has(url.origin) && url.username === '' && url.password === '';
}

function toAllowedUrl(address: string, isAllowed: (url: URL) => boolean, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (url && isAllowed(url)) return url;
  const context = { host: url?.host ?? null, protocol: url?.protocol ?? null };
  throw new DownloadError('not-allowed', 'The address may not be fetched', { context });
}

async function request(send: typeof fetch, url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await send(url, {
      redirect: 'manual',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      headers: { 'accept-encoding': 'identity' },
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new DownloadError('failed', `${url.host} could not be reached`, { cause: error });
  }
}

function checkHead(response: Response, maxBytes: number): void {
  const { status } = response;
  if (GONE.has(status)) throw new DownloadError('gone', 'The file is gone', { context: { status } });
  if (!response.ok)
    throw new DownloadError('failed', `The server answered ${status}`, { context: { status } });
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

async function readCapped(response: Response, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const body = response.body as AsyncIterable<Uint8Array> | null;
    for await (const chunk of body ?? []) {
      length += chunk.byteLength;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DownloadError) throw error;
    throw new DownloadError('failed', 'The connection broke in the middle of a file', { cause: error });
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number): DownloadError {
  return new DownloadError('too-large', `The file is larger than ${maxBytes} bytes`, {
    context: { maxBytes },
  });
}
