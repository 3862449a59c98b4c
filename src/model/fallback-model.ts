import { ModelError, type ModelErrorKind } from '../errors.ts';
import { sleep } from '../lib/abort.ts';
import { toBackoffMs } from '../lib/backoff.ts';
import { CircuitOpenError } from './circuit-breaker.ts';
import type { Model, ModelLog, ModelReply, ModelRequest } from './ports.ts';
import { toTokenCounting } from './token-counter.ts';

export interface FallbackMember {
  /** As the operator calls it; stands in the replies that it gives in another's place. */
  readonly name: string;
  readonly model: Model;
}

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

export interface FallbackOptions extends RetryOptions {
  readonly log?: ModelLog;
}

type Members = readonly [FallbackMember, ...FallbackMember[]];

const DEFAULTS = {
  maxRetries: 2,
  baseDelayMs: 500,
  maxDelayMs: 8_000,
  maxRetryAfterMs: 60_000,
  random: Math.random,
} as const satisfies RetryOptions;

/** Errors that a while may end. */
const PASSING: ReadonlySet<ModelErrorKind> = new Set([
  'rate-limited',
  'unavailable',
  'interrupted',
  'stalled',
]);

/** Errors where another provider may do better. */
const HELPED_BY_ANOTHER: ReadonlySet<ModelErrorKind> = new Set([
  'unauthorized',
  'rate-limited',
  'unavailable',
  'interrupted',
  'stalled',
]);

/**
 * The one place where model calls are repeated, and where another model takes a failing one's place. A call is
 * made again, by whichever model, only while no text of it has been shown, since shown text cannot be taken back.
 *
 * All models of a call share one budget of retries: a model that is worth waiting for spends it, and when it is
 * spent, those after it have one try each. A request's own choice of a model holds for the first alone. Throws the
 * error of the model that was tried last.
 */
export function createFallbackModel(members: Members, options: FallbackOptions = {}): Model {
  const [{ model: first }, ...fallbacks] = members;
  return {
    ...toTokenCounting(first),
    async complete(request, onText, signal) {
      const call = new Call(onText, signal, options);
      let error: unknown;
      try {
        return await call.ask(first, request, { isLast: fallbacks.length === 0 });
      } catch (firstError) {
        error = firstError;
      }
      const { messages, tools, userId } = request;
      for (const [index, { name, model }] of fallbacks.entries()) {
        if (!call.mayGoOn(error) || !HELPED_BY_ANOTHER.has(error.kind)) break;
        options.log?.warn({ err: error, model: name }, 'The model gave no answer; another one is asked');
        try {
          const reply = await call.ask(
            model,
            { messages, tools, userId },
            { isLast: index === fallbacks.length - 1 },
          );
          return { ...reply, model: name, isFallback: true };
        } catch (nextError) {
          error = nextError;
        }
      }
      throw error;
    },
  };
}

/** What the models that are asked for one answer share: one budget of tries and time above all. */
class Call {
  readonly #onText: (delta: string) => void;
  readonly #signal: AbortSignal;
  readonly #log: ModelLog | undefined;
  readonly #retry: Required<RetryOptions>;
  #retries = 0;
  #leftRetryAfterMs: number;
  #hasShownText = false;

  constructor(onText: (delta: string) => void, signal: AbortSignal, { log, ...retry }: FallbackOptions) {
    this.#onText = onText;
    this.#signal = signal;
    this.#log = log;
    this.#retry = { ...DEFAULTS, ...retry };
    this.#leftRetryAfterMs = this.#retry.maxRetryAfterMs;
  }

  /** Whether anything may be tried after this error. */
  mayGoOn(error: unknown): error is ModelError {
    return error instanceof ModelError && !this.#hasShownText && !this.#signal.aborted;
  }

  /** Asks one model, again and again while that is worth it. */
  async ask(model: Model, request: ModelRequest, { isLast }: { isLast: boolean }): Promise<ModelReply> {
    for (;;) {
      try {
        return await model.complete(request, this.#show, this.#signal);
      } catch (error) {
        const isWorthWaiting = this.mayGoOn(error) && (isLast || !isSlow(error));
        const delayMs = isWorthWaiting ? this.#takeRetry(error) : undefined;
        if (delayMs === undefined) throw error;
        this.#log?.warn({ err: error, delayMs }, 'The model call failed and is made again');
        await sleep(delayMs, this.#signal);
      }
    }
  }

  /** How long to wait before one more try; undefined where none is left, or the error will not pass. */
  #takeRetry({ kind, retryAfterMs = 0 }: ModelError): number | undefined {
    const { maxRetries, baseDelayMs, maxDelayMs, random } = this.#retry;
    if (!PASSING.has(kind) || this.#retries >= maxRetries || retryAfterMs > this.#leftRetryAfterMs)
      return undefined;
    this.#leftRetryAfterMs -= retryAfterMs;
    this.#retries += 1;
    // Full jitter, so that many runs refused at once do not come back at once.
    const jitterMs = toBackoffMs(this.#retries, { minMs: baseDelayMs, maxMs: maxDelayMs, jitter: 1, random });
    return retryAfterMs + jitterMs;
  }

  readonly #show = (delta: string): void => {
    if (delta !== '') this.#hasShownText = true;
    this.#onText(delta);
  };
}

/** A model that has kept the person waiting already, or is known to be out of order: the next one is quicker. */
function isSlow(error: ModelError): boolean {
  return error.kind === 'stalled' || error instanceof CircuitOpenError;
}
