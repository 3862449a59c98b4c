import type { APIGatewayBotInfo } from 'discord.js';
import pLimit, { type LimitFunction } from 'p-limit';
import { sleep, untilAborted } from '../../lib/abort.ts';
import type { Log } from '../../observability/log.ts';

export interface LoginThrottleOptions {
  /** What `GET /gateway/bot` answers now. */
  readonly fetch: (signal: AbortSignal) => Promise<Pick<APIGatewayBotInfo, 'session_start_limit' | 'shards'>>;
  readonly log: Log;
  /** Ends it: nobody logs in any more. */
  readonly stopping: AbortSignal;
  /** Between two logins that Discord counts together, ms. It demands 5,000. */
  readonly intervalMs?: number;
}

/** Logins that are left to the person who mends what used up the others. */
const RESERVE = 5;
const MAX_PAUSE_MS = 60 * 60_000;
const RETRY_MS = 5_000;

/**
 * Paces the logins (IDENTIFY) of all shards and stops them before the last of the day: with one too many Discord
 * resets the token. https://docs.discord.com/developers/events/gateway#session-start-limit-object
 */
export class LoginThrottle {
  readonly #options: LoginThrottleOptions;
  /** One for each group of shards that may not log in at once. */
  readonly #groups = new Map<number, { readonly turn: LimitFunction; nextAt: number }>();
  readonly #waiting = new Set<number>();
  #maxConcurrency = 1;
  #left = 0;

  constructor(options: LoginThrottleOptions) {
    this.#options = options;
  }

  /** Resolves when all shards may log in. Rejects as the request does, or with the signal's reason. */
  async ready(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { session_start_limit: limit, shards } = await this.#options.fetch(signal);
      this.#maxConcurrency = Math.max(1, limit.max_concurrency);
      this.#left = limit.remaining - RESERVE;
      if (this.#left >= shards) return;
      await this.#untilReset(limit, signal);
    }
  }

  /** The shard is held back here, and so cannot become ready. */
  isWaiting(shardId: number): boolean {
    return this.#waiting.has(shardId);
  }

  /** As discord.js asks for it: rejects only when the signal aborts. After the stop it never settles. */
  async waitForIdentify(shardId: number, signal: AbortSignal): Promise<void> {
    this.#waiting.add(shardId);
    try {
      await this.#untilTurn(shardId, AbortSignal.any([signal, this.#options.stopping]));
      return;
    } catch (error) {
      if (signal.aborted) throw error;
    } finally {
      this.#waiting.delete(shardId);
    }
    // It is the end: whatever a shard was told now, it would connect once more.
    await new Promise(() => undefined);
  }

  async #untilTurn(shardId: number, signal: AbortSignal): Promise<void> {
    const group = this.#groupOf(shardId);
    const turn = group.turn(() => this.#take(group, signal));
    await untilAborted(turn, signal);
  }

  async #take(group: { nextAt: number }, signal: AbortSignal): Promise<void> {
    const { intervalMs = 5_250 } = this.#options;
    await sleep(Math.max(0, group.nextAt - performance.now()), signal);
    while (this.#left <= 0) await this.#renew(signal);
    this.#left -= 1;
    group.nextAt = performance.now() + intervalMs;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    try {
      const { session_start_limit: limit } = await this.#options.fetch(signal);
      this.#left = limit.remaining - RESERVE;
      if (this.#left <= 0) await this.#untilReset(limit, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#options.log.warn({ err: error }, 'Discord does not say how many logins are left');
      await sleep(RETRY_MS, signal);
    }
  }

  async #untilReset(
    { remaining, total, reset_after: resetMs }: APIGatewayBotInfo['session_start_limit'],
    signal: AbortSignal,
  ): Promise<void> {
    const until = new Date(Date.now() + resetMs).toISOString();
    this.#options.log.error(
      { remaining, total, until },
      'Discord allows too few further logins today: waiting until it allows new ones',
    );
    await sleep(Math.min(resetMs, MAX_PAUSE_MS), signal);
  }

  #groupOf(shardId: number) {
    const key = shardId % this.#maxConcurrency;
    const group = this.#groups.get(key) ?? { turn: pLimit(1), nextAt: 0 };
    this.#groups.set(key, group);
    return group;
  }
}
