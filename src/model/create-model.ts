import { createLruCache } from '../lib/lru-cache.ts';
import { createAdaptiveLimit, type AdaptiveLimit } from './adaptive-limit.ts';
import { ChatCompletionsModel } from './chat-completions.ts';
import { createCircuitBreaker, type CircuitBreaker } from './circuit-breaker.ts';
import { openPlainConnections } from './connections.ts';
import { createFallbackModel, type FallbackMember, type RetryOptions } from './fallback-model.ts';
import { createGuardedModel } from './guarded-model.ts';
import { PacedConnections } from './paced-connections.ts';
import type { Model, ModelLog } from './ports.ts';

/** A model at a provider. */
export interface ProviderOptions {
  /** Absent where the server asks for none. */
  readonly apiKey?: string | undefined;
  /** With the version, as `http://127.0.0.1:11434/v1`; OpenAI's own by default. */
  readonly baseUrl?: string | undefined;
  readonly model: string;
}

export interface CreateModelOptions {
  /** The model to ask, then those that take its place in turn. */
  readonly providers: readonly [ProviderOptions, ...ProviderOptions[]];
  /** From the request to the first content. */
  readonly firstTokenTimeoutMs: number;
  /** Between two pieces of content. */
  readonly streamIdleTimeoutMs: number;
  /** Keys the hash that stands for a user towards a provider. */
  readonly userHashKey: string;
  /** At each provider (address and key) while all is well. */
  readonly maxConcurrentCalls: number;
  /** False does without the fast way to the server (docs/decisions/0006-the-fast-way-to-the-model.md). */
  readonly isPaced?: boolean;
  readonly log?: ModelLog;
  readonly retry?: RetryOptions;
  readonly breaker?: { readonly failureThreshold?: number; readonly coolDownMs?: number };
}

/** Models that requests name themselves are few; a forgotten circuit begins anew, closed. */
const MAX_CIRCUITS = 50;

/**
 * The model of the whole bot, for all its runs: per provider one limit on calls that adapts to what it bears, per
 * model a circuit breaker, one budget of retries for each call, and other models where the first cannot be reached.
 */
export function createModel(options: CreateModelOptions): Model {
  const limits = new Map<string, AdaptiveLimit>();
  const limitOf = ({ baseUrl, apiKey }: ProviderOptions): AdaptiveLimit => {
    const key = JSON.stringify([baseUrl, apiKey]);
    const limit = limits.get(key) ?? createAdaptiveLimit(options);
    limits.set(key, limit);
    return limit;
  };
  const toMember = (provider: ProviderOptions): FallbackMember => ({
    name: provider.model,
    model: createGuardedModel(createAdapter(provider, options), {
      limit: limitOf(provider),
      breakerOf: createBreakers(provider, options),
    }),
  });
  const [first, ...others] = options.providers;
  return createFallbackModel([toMember(first), ...others.map(toMember)], {
    ...options.retry,
    ...(options.log && { log: options.log }),
  });
}

function createAdapter(provider: ProviderOptions, options: CreateModelOptions): Model {
  const { firstTokenTimeoutMs, streamIdleTimeoutMs, userHashKey, log, isPaced = true } = options;
  return new ChatCompletionsModel({
    ...provider,
    firstTokenTimeoutMs,
    streamIdleTimeoutMs,
    userHashKey,
    log,
    openConnections: isPaced ? (origin) => new PacedConnections(origin) : openPlainConnections,
  });
}

function createBreakers(
  provider: ProviderOptions,
  { breaker, log }: CreateModelOptions,
): (model: string | undefined) => CircuitBreaker {
  const breakers = createLruCache<CircuitBreaker>({ max: MAX_CIRCUITS });
  return (name = provider.model) => {
    const known = breakers.get(name);
    if (known !== undefined) return known;
    const created = createCircuitBreaker({ name, ...breaker, ...(log && { log }) });
    breakers.set(name, created);
    return created;
  };
}
