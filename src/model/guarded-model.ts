import type { ModelError } from '../errors.ts';
import type { AdaptiveLimit, Permit } from './adaptive-limit.ts';
import { ANSWERED, CANCELLED, toCallEnd } from './model-error.ts';
import type { CircuitBreaker, Passage } from './circuit-breaker.ts';
import type { Model } from './ports.ts';
import { toTokenCounting } from './token-counter.ts';

export interface ModelGuards {
  /** Of the provider. */
  readonly limit: AdaptiveLimit;
  /** Of one model at the provider; undefined stands for the configured one. */
  readonly breakerOf: (model: string | undefined) => CircuitBreaker;
}

/**
 * Makes a call only where the circuit is closed and the provider's limit has a place. Who waits for a place when
 * the circuit opens is told at once, so that another model can be asked.
 */
export function createGuardedModel(model: Model, { limit, breakerOf }: ModelGuards): Model {
  return {
    ...toTokenCounting(model),
    async complete(request, onText, signal) {
      const breaker = breakerOf(request.model);
      signal.throwIfAborted();
      breaker.check();
      const permit = limit.tryAcquire() ?? (await acquireUnlessOpen(limit, breaker, signal));
      let passage: Passage;
      try {
        passage = breaker.enter();
      } catch (error) {
        permit.release(CANCELLED);
        throw error;
      }
      let end = ANSWERED;
      try {
        return await model.complete(request, onText, signal);
      } catch (error) {
        end = toCallEnd(error, signal);
        throw error;
      } finally {
        // The breaker first: a place that is given on must find it as this call leaves it.
        passage.end(end);
        permit.release(end);
      }
    },
  };
}

async function acquireUnlessOpen(
  limit: AdaptiveLimit,
  breaker: CircuitBreaker,
  signal: AbortSignal,
): Promise<Permit> {
  const waiting = new AbortController();
  const onAbort = (): void => {
    waiting.abort(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const unsubscribe = breaker.onOpen((error: ModelError) => {
    waiting.abort(error);
  });
  try {
    return await limit.acquire(waiting.signal);
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}
