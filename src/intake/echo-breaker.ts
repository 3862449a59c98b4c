import { createLruCache } from '../lib/lru-cache.ts';

export interface EchoBreakerOptions {
  /** A question that comes sooner than this after the bot spoke to its author counts as an echo. */
  readonly echoMs?: number;
  /** So many echoes one after another are a loop. */
  readonly maxEchoes?: number;
  readonly now?: () => number;
}

/**
 * Notices two programs that answer each other. Bots and webhooks are never answered, but a program can also speak
 * through a person's account; it is betrayed by an answer in an instant to each of the bot's answers. A pause
 * longer than `echoMs` closes the breaker again.
 */
export interface EchoBreaker {
  /** The bot spoke to this person here. */
  spoke(channelId: string, userId: string): void;
  /** Whether this person may be answered here. Called once for each question. */
  allows(channelId: string, userId: string): boolean;
}

interface Exchange {
  spokeAt: number;
  /** A question was counted since the bot last spoke: a burst counts once. */
  isCounted: boolean;
  echoes: number;
}

const maxExchanges = 10_000;

export function createEchoBreaker(options: EchoBreakerOptions = {}): EchoBreaker {
  const { echoMs = 1_500, maxEchoes = 15, now = Date.now } = options;
  const exchanges = createLruCache<Exchange>({ max: maxExchanges });
  return {
    spoke(channelId, userId) {
      const key = `${channelId}/${userId}`;
      const echoes = exchanges.get(key)?.echoes ?? 0;
      exchanges.set(key, { spokeAt: now(), isCounted: false, echoes });
    },
    allows(channelId, userId) {
      const exchange = exchanges.get(`${channelId}/${userId}`);
      if (!exchange) return true;
      if (now() - exchange.spokeAt >= echoMs) {
        exchange.echoes = 0;
        return true;
      }
      if (!exchange.isCounted) exchange.echoes += 1;
      exchange.isCounted = true;
      return exchange.echoes < maxEchoes;
    },
  };
}
