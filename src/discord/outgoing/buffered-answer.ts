import type { Buffer } from 'node:buffer';
import type { ResponseLike } from 'discord.js';
import { parseBucketLimits } from './rate-limits.ts';
import type { BucketLimits } from './rate-limits.ts';

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

/** An answer of Discord, read to its end. */
export class BufferedAnswer implements ResponseLike {
  readonly body = null;
  readonly bodyUsed = true;
  readonly headers: ResponseLike['headers'];
  readonly status: number;
  readonly statusText: string;
  /** The rate limits, also where `headers` no longer shows them. */
  readonly limits: BucketLimits | undefined;
  readonly #bytes: Buffer;

  constructor(answer: {
    headers: ResponseLike['headers'];
    status: number;
    statusText: string;
    bytes: Buffer;
  }) {
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
