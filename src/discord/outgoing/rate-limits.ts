/** What a response says about its bucket. */
export interface BucketLimits {
  /** Requests in one window. */
  readonly limit: number;
  readonly remaining: number;
  readonly resetAfterMs: number;
}

/** What a 429 asks for. */
export interface RateLimitPause {
  readonly retryAfterMs: number;
  /** `global` stops every route that counts towards the global limit; `bucket` only this one. */
  readonly scope: 'bucket' | 'global';
}

export interface HeaderSource {
  get(name: string): string | null;
}

/** Reads `X-RateLimit-*`; undefined where the route has none or they make no sense. */
export function parseBucketLimits(headers: HeaderSource): BucketLimits | undefined {
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
export function parseRateLimitPause(headers: HeaderSource, body: unknown): RateLimitPause {
  const answer = isRecord(body) ? body : undefined;
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
