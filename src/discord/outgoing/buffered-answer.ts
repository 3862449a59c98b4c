import type { Buffer } from 'node:buffer';
import type { ResponseLike } from 'discord.js';
import type { BucketLimits, RateLimitPause } from './outgoing-request.ts';

const RATE_LIMIT_HEADERS = [
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-ratelimit-reset-after',
  'x-ratelimit-bucket',
  'x-ratelimit-scope',
  'x-ratelimit-global',
  'retry-after',
];

type Headers = ResponseLike['headers'];

/** An answer of Discord, read to its end. */
export class BufferedAnswer implements ResponseLike {
  readonly body = null;
  readonly bodyUsed = true;
  readonly headers: Headers;
  readonly status: number;
  readonly statusText: string;
  /** The rate limits, also where `headers` no longer shows them. */
  readonly limits: BucketLimits | undefined;
  readonly #bytes: Buffer;

  constructor(answer: { headers: Headers; status: number; statusText: string; bytes: Buffer }) {
    this.headers = answer.headers;
    this.status = answer.status;
    this.statusText = answer.statusText;
    this.limits = parseBucketLimits(answer.headers);
    this.#bytes = answer.bytes;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.resolve(Uint8Array.from(this.#bytes).buffer);
  }

  async text(): Promise<string> {
    return Promise.resolve(this.#bytes.toString('utf8'));
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  /** The parsed body; undefined where there is none or it is no JSON (a proxy's page). */
  get data(): unknown {
    if (this.#bytes.length === 0) return undefined;
    try {
      return JSON.parse(this.#bytes.toString('utf8')) as unknown;
    } catch {
      return undefined;
    }
  }

  /** Takes the rate-limit headers away, so that nobody behind this point can act on them. */
  hideRateLimits(): this {
    for (const name of RATE_LIMIT_HEADERS) this.headers.delete(name);
    return this;
  }
}

/** Reads `X-RateLimit-*`; undefined where the route has none or they make no sense. */
function parseBucketLimits(headers: Headers): BucketLimits | undefined {
  const limit = toNumber(headers.get('x-ratelimit-limit'));
  const remaining = toNumber(headers.get('x-ratelimit-remaining'));
  const resetAfter = toNumber(headers.get('x-ratelimit-reset-after'));
  if (limit === undefined || remaining === undefined || resetAfter === undefined || limit < 1)
    return undefined;
  return { limit, remaining, resetAfterMs: resetAfter * 1000 };
}

/**
 * Reads a 429. One without a JSON body comes from the proxy before Discord and holds for everything. A pause is
 * at least a second where nothing is said, and never more than an hour.
 */
export function parseRateLimitPause({ headers, data }: BufferedAnswer): RateLimitPause {
  const answer = isRecord(data) ? data : undefined;
  const retryAfter =
    typeof answer?.['retry_after'] === 'number'
      ? answer['retry_after']
      : (toNumber(headers.get('retry-after')) ?? 1);
  const isGlobal =
    answer === undefined ||
    answer['global'] === true ||
    headers.get('x-ratelimit-global') !== null ||
    headers.get('x-ratelimit-scope') === 'global';
  return {
    retryAfterMs: Math.min(Math.max(retryAfter * 1000, 0), 3_600_000),
    scope: isGlobal ? 'global' : 'bucket',
  };
}

function toNumber(value: string | null): number | undefined {
  if (value === null || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
