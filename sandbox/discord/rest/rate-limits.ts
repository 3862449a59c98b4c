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
  readonly refusal?: {
    readonly retryAfterSeconds: number;
    readonly global: boolean;
    readonly scope: 'user' | 'global';
  };
}

export interface RateLimits {
  /** Undefined means: answer, and without rate-limit headers. */
  check(bucket: BucketLimit, major: string, isGlobal: boolean): RateLimitVerdict;
  /** 401, 403 and 429 count; beyond 10,000 in 10 minutes nothing is answered any more. */
  countInvalid(): void;
  readonly invalidRequests: number;
  readonly isBanned: boolean;
  reset(): void;
}

const globalWindowMs = 1_000;
const sweepAboveWindows = 5_000;
/** https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans */
const maxInvalidRequests = 10_000;
const invalidWindowMs = 600_000;

export function createRateLimits(globalRequestsPerSecond: number): RateLimits {
  const windows = new Map<string, { used: number; resetAtMs: number }>();
  const hashes = new Map<string, string>();
  /** When the last requests were let through, oldest first: no second ever holds more. */
  let passedAtMs: number[] = [];
  let invalidAtMs: number[] = [];

  function hashOf(name: string): string {
    const known = hashes.get(name);
    if (known !== undefined) return known;
    const hash = createHash('sha256').update(name).digest('hex').slice(0, 32);
    hashes.set(name, hash);
    return hash;
  }

  function globalWaitMs(now: number): number {
    while ((passedAtMs[0] ?? now) <= now - globalWindowMs) passedAtMs.shift();
    const [oldest] = passedAtMs;
    return passedAtMs.length < globalRequestsPerSecond || oldest === undefined
      ? 0
      : oldest + globalWindowMs - now;
  }

  function windowOf(key: string, bucket: BucketLimit, now: number): { used: number; resetAtMs: number } {
    const known = windows.get(key);
    if (known !== undefined && known.resetAtMs > now) return known;
    if (windows.size > sweepAboveWindows) {
      for (const [other, { resetAtMs }] of windows) if (resetAtMs <= now) windows.delete(other);
    }
    const fresh = { used: 0, resetAtMs: now + bucket.windowMs };
    windows.set(key, fresh);
    return fresh;
  }

  return {
    check(bucket, major, isGlobal) {
      const now = Date.now();
      const waitMs = isGlobal ? globalWaitMs(now) : 0;
      if (waitMs > 0) return toGlobalRefusal(waitMs);
      const window = windowOf(`${bucket.counter ?? bucket.name}:${major}`, bucket, now);
      const resetAfterMs = window.resetAtMs - now;
      const isOver = window.used >= bucket.limit;
      if (!isOver) {
        window.used += 1;
        if (isGlobal) passedAtMs.push(now);
      }
      const headers = {
        'X-RateLimit-Limit': String(bucket.limit),
        'X-RateLimit-Remaining': String(bucket.limit - window.used),
        'X-RateLimit-Reset': (window.resetAtMs / 1000).toFixed(3),
        'X-RateLimit-Reset-After': (resetAfterMs / 1000).toFixed(3),
        'X-RateLimit-Bucket': hashOf(bucket.name),
      };
      if (!isOver) return { headers };
      return {
        headers: {
          ...headers,
          'X-RateLimit-Scope': 'user',
          'Retry-After': String(Math.ceil(resetAfterMs / 1000)),
        },
        refusal: { retryAfterSeconds: resetAfterMs / 1000, global: false, scope: 'user' },
      };
    },
    countInvalid() {
      const now = Date.now();
      const since = now - invalidWindowMs;
      if ((invalidAtMs[0] ?? now) < since) invalidAtMs = invalidAtMs.filter((time) => time >= since);
      invalidAtMs.push(now);
    },
    get invalidRequests() {
      const since = Date.now() - invalidWindowMs;
      return invalidAtMs.filter((time) => time >= since).length;
    },
    get isBanned() {
      const tenThousandth = invalidAtMs.at(-maxInvalidRequests);
      return tenThousandth !== undefined && tenThousandth > Date.now() - invalidWindowMs;
    },
    reset() {
      windows.clear();
      passedAtMs = [];
      invalidAtMs = [];
    },
  };
}

function toGlobalRefusal(waitMs: number): RateLimitVerdict {
  return {
    headers: {
      'Retry-After': String(Math.ceil(waitMs / 1000)),
      'X-RateLimit-Global': 'true',
      'X-RateLimit-Scope': 'global',
    },
    refusal: { retryAfterSeconds: waitMs / 1000, global: true, scope: 'global' },
  };
}
