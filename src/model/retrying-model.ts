import { ModelError, type ModelErrorKind } from '../errors.ts';
import { sleep } from '../lib/abort.ts';
import type { ModelLog } from './chat-completions.ts';
import type { Model } from './ports.ts';

export interface RetryOptions {
  /** Tries of one call, the first included. */
  readonly maxAttempts?: number;
  /** The first wait is a random part of this; each further one of twice as much. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** A server that asks for more than this is not waited for. */
  readonly maxRetryAfterMs?: number;
  /** [0, 1), as Math.random. */
  readonly random?: () => number;
  readonly log?: ModelLog;
}

const DEFAULTS = {
  maxAttempts: 3,
  baseDelayMs: 500,
  maxDelayMs: 8_000,
  maxRetryAfterMs: 60_000,
} as const satisfies RetryOptions;

const RETRYABLE: ReadonlySet<ModelErrorKind> = new Set([
  'rate-limited',
  'unavailable',
  'interrupted',
  'stalled',
]);

/**
 * The one place where model calls are repeated. A call is tried again only while no text of it has been shown,
 * since shown text cannot be taken back. Another model in place of a failing one is a wrapper around this.
 */
export function createRetryingModel(model: Model, options: RetryOptions = {}): Model {
  const { maxAttempts, baseDelayMs, maxDelayMs, maxRetryAfterMs } = { ...DEFAULTS, ...options };
  const random = options.random ?? Math.random;

  /** How long to wait before the next try; undefined where there is none. */
  const toDelayMs = (error: unknown, attempt: number): number | undefined => {
    if (!(error instanceof ModelError) || !RETRYABLE.has(error.kind) || attempt >= maxAttempts)
      return undefined;
    // Full jitter, so that many runs refused at once do not come back at once.
    const jitterMs = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
    if (error.retryAfterMs === undefined) return jitterMs;
    return error.retryAfterMs > maxRetryAfterMs ? undefined : error.retryAfterMs + jitterMs;
  };

  return {
    countTokens: (text) => model.countTokens(text),
    async complete(request, onText, signal) {
      let shownLength = 0;
      const onCountedText = (delta: string): void => {
        shownLength += delta.length;
        onText(delta);
      };
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await model.complete(request, onCountedText, signal);
        } catch (error) {
          const delayMs = shownLength > 0 || signal.aborted ? undefined : toDelayMs(error, attempt);
          if (delayMs === undefined) throw error;
          options.log?.warn({ err: error, attempt, delayMs }, 'The model call failed and is made again');
          await sleep(delayMs, signal);
        }
      }
    },
  };
}
