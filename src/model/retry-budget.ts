import { toBackoffMs } from '../lib/backoff.ts';
import type { ModelError, ModelErrorKind } from '../errors.ts';

export interface RetryOptions {
  /** How often one call may be repeated in all, over all its models. */
  readonly maxRetries?: number;
  /** The first wait is a random part of this; each further one of twice as much. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** How long servers' `Retry-After` is waited for in one call; one that asks for more is not waited for. */
  readonly maxRetryAfterMs?: number;
  /** [0, 1), as Math.random. */
  readonly random?: () => number;
}

/** What one call may spend on being repeated, in tries and in time. */
export interface RetryBudget {
  /** Takes one retry: how long to wait before it. Undefined where none is left, or the error will not pass. */
  spend(error: ModelError): number | undefined;
}

const DEFAULTS = {
  maxRetries: 2,
  baseDelayMs: 500,
  maxDelayMs: 8_000,
  maxRetryAfterMs: 60_000,
} as const satisfies RetryOptions;

const PASSING: ReadonlySet<ModelErrorKind> = new Set([
  'rate-limited',
  'unavailable',
  'interrupted',
  'stalled',
]);

export function createRetryBudget(options: RetryOptions = {}): RetryBudget {
  const { maxRetries, baseDelayMs, maxDelayMs, maxRetryAfterMs } = { ...DEFAULTS, ...options };
  const random = options.random ?? Math.random;
  let retries = 0;
  let leftMs = maxRetryAfterMs;
  return {
    spend({ kind, retryAfterMs = 0 }) {
      if (!PASSING.has(kind) || retries >= maxRetries || retryAfterMs > leftMs) return undefined;
      leftMs -= retryAfterMs;
      // Full jitter, so that many runs refused at once do not come back at once.
      retries += 1;
      const backoff = { minMs: baseDelayMs, maxMs: maxDelayMs, jitter: 1, random };
      const jitterMs = toBackoffMs(retries, backoff);
      return retryAfterMs + jitterMs;
    },
  };
}
