import { createHash } from 'node:crypto';

/** A limit as Discord states it in headers. */
export interface BucketLimit {
  /** Routes with the same name share the hash that the headers carry. */
  readonly name: string;
  /** Routes of one name but of different counters are counted apart (default: the name). */
  readonly counter?: string;
  readonly limit: number;
  readonly windowMs: number;
}

export interface RateLimitVerdict {
  readonly headers: Readonly<Record<string, string>>;
  /** Set where the request is refused with 429. */
  readonly refusal?: { readonly retryAfterSeconds: number; readonly global: boolean };
}

interface Window {
  used: number;
  readonly resetAtMs: number;
}

const globalWindowMs = 1_000;
const sweepAboveWindows = 5_000;
/** https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans */
const maxInvalidRequests = 10_000;
const invalidWindowMs = 600_000;

/** Buckets in fixed windows that begin with their first request, and a global limit over any second. */
export class RateLimits {
  readonly #globalPerSecond: number;
  readonly #windows = new Map<string, Window>();
  readonly #hashes = new Map<string, string>();
  /** When the last requests were let through, oldest first. */
  readonly #passedAtMs: number[] = [];
  readonly #invalidAtMs: number[] = [];

  constructor(globalRequestsPerSecond: number) {
    this.#globalPerSecond = globalRequestsPerSecond;
  }

  check(bucket: BucketLimit, major: string, countsGlobally: boolean): RateLimitVerdict {
    const now = Date.now();
    const waitMs = countsGlobally ? this.#globalWaitMs(now) : 0;
    if (waitMs > 0) return toGlobalRefusal(waitMs);
    const window = this.#windowOf(`${bucket.counter ?? bucket.name}:${major}`, bucket, now);
    const resetAfterSeconds = (window.resetAtMs - now) / 1000;
    const isOver = window.used >= bucket.limit;
    if (!isOver) {
      window.used += 1;
      if (countsGlobally) this.#passedAtMs.push(now);
    }
    const headers = {
      'X-RateLimit-Limit': String(bucket.limit),
      'X-RateLimit-Remaining': String(bucket.limit - window.used),
      'X-RateLimit-Reset': (window.resetAtMs / 1000).toFixed(3),
      'X-RateLimit-Reset-After': resetAfterSeconds.toFixed(3),
      'X-RateLimit-Bucket': this.#hashOf(bucket.name),
    };
    if (!isOver) return { headers };
    const retryAfter = { 'Retry-After': String(Math.ceil(resetAfterSeconds)) };
    return {
      headers: { ...headers, ...retryAfter, 'X-RateLimit-Scope': 'user' },
      refusal: { retryAfterSeconds: resetAfterSeconds, global: false },
    };
  }

  /** For an answer of 401, 403 or 429. */
  countInvalid(): void {
    this.#invalidAtMs.push(Date.now());
    if (this.#invalidAtMs.length > maxInvalidRequests) this.#invalidAtMs.shift();
  }

  /** Of the last 10 minutes, at most 10,000. */
  get invalidRequests(): number {
    const since = Date.now() - invalidWindowMs;
    while ((this.#invalidAtMs[0] ?? since) < since) this.#invalidAtMs.shift();
    return this.#invalidAtMs.length;
  }

  /** After 10,000 invalid requests nothing is answered any more. */
  get isBanned(): boolean {
    return this.#invalidAtMs.length >= maxInvalidRequests && this.invalidRequests >= maxInvalidRequests;
  }

  #globalWaitMs(now: number): number {
    const passed = this.#passedAtMs;
    while ((passed[0] ?? now) <= now - globalWindowMs) passed.shift();
    const [oldest] = passed;
    return oldest === undefined || passed.length < this.#globalPerSecond ? 0 : oldest + globalWindowMs - now;
  }

  #windowOf(key: string, bucket: BucketLimit, now: number): Window {
    const known = this.#windows.get(key);
    if (known !== undefined && known.resetAtMs > now) return known;
    if (this.#windows.size > sweepAboveWindows) {
      for (const [other, { resetAtMs }] of this.#windows) {
        if (resetAtMs <= now) this.#windows.delete(other);
      }
    }
    const fresh = { used: 0, resetAtMs: now + bucket.windowMs };
    this.#windows.set(key, fresh);
    return fresh;
  }

  #hashOf(name: string): string {
    const known = this.#hashes.get(name);
    if (known !== undefined) return known;
    const hash = createHash('sha256').update(name).digest('hex').slice(0, 32);
    this.#hashes.set(name, hash);
    return hash;
  }
}

function toGlobalRefusal(waitMs: number): RateLimitVerdict {
  return {
    headers: {
      'Retry-After': String(Math.ceil(waitMs / 1000)),
      'X-RateLimit-Global': 'true',
      'X-RateLimit-Scope': 'global',
    },
    refusal: { retryAfterSeconds: waitMs / 1000, global: true },
  };
}
