import type { Log } from '../../observability/log.ts';
import type { ShardState } from './heartbeats.ts';

export interface WatchdogLimits {
  /** A connected shard whose last heartbeat was acknowledged longer ago is reconnected, ms: about two intervals. */
  readonly maxSilenceMs: number;
  /** So is one that is not connected for so long, ms. */
  readonly maxUnconnectedMs: number;
  /** Reconnections that may fail one after another. */
  readonly maxTries: number;
  /** Connected for so long, over all reconnections, without one acknowledged heartbeat: it is given up, ms. */
  readonly giveUpMs: number;
  readonly checkMs: number;
}

export const DEFAULT_WATCHDOG_LIMITS = {
  maxSilenceMs: 90_000,
  maxUnconnectedMs: 45_000,
  maxTries: 3,
  giveUpMs: 180_000,
  checkMs: 5_000,
} as const satisfies WatchdogLimits;

export interface WatchdogOptions {
  readonly shards: () => readonly ShardState[];
  /** Breaks the shard's connection, so that it is made anew. False: there is none to break. */
  readonly reconnect: (shardId: number) => boolean;
  /** The shard waits for its turn to log in. */
  readonly isHeldBack: (shardId: number) => boolean;
  /** Reconnecting does not help. May be called more than once. */
  readonly onGivenUp: (shardId: number) => void;
  readonly log: Log;
  readonly limits: WatchdogLimits;
  /** ms on a clock that is never set. */
  readonly now?: () => number;
}

interface Watch {
  acknowledgedAt: number;
  hasSession: boolean;
  /** When it was last well, or else last reconnected or seen to lose its session. */
  since: number;
  tries: number;
  /** With a session and without an acknowledgement, ms. */
  silentMs: number;
}

/**
 * Reconnects shards whose connection looks open and is dead, or is never greeted, where discord.js does not notice or
 * is stuck. A Discord that cannot be reached at all is waited for. Returns the function that ends it.
 */
export function startWatchdog(options: WatchdogOptions): () => void {
  const { shards, reconnect, isHeldBack, onGivenUp, log, limits } = options;
  const { now = () => performance.now() } = options;
  const watches = new Map<number, Watch>();

  const tryAgain = (shardId: number, watch: Watch): void => {
    watch.since = now();
    if (watch.tries >= limits.maxTries) {
      onGivenUp(shardId);
    } else if (reconnect(shardId)) {
      watch.tries += 1;
      log.warn({ shardId, tries: watch.tries }, 'a gateway connection is dead: reconnecting');
    } else {
      log.warn({ shardId }, 'Discord still cannot be reached');
    }
  };

  const checkSilence = ({ id, heartbeatAgeMs }: ShardState, watch: Watch): void => {
    watch.silentMs += limits.checkMs;
    if (watch.silentMs > limits.giveUpMs) onGivenUp(id);
    else if (Math.min(heartbeatAgeMs, now() - watch.since) > limits.maxSilenceMs) tryAgain(id, watch);
  };

  const check = (shard: ShardState): void => {
    const watch = watches.get(shard.id) ?? toWatch(shard, now());
    const isAcknowledged = shard.acknowledgedAt !== watch.acknowledgedAt;
    if (!watches.has(shard.id) || (shard.hasSession && isAcknowledged)) {
      watches.set(shard.id, toWatch(shard, now()));
    } else if (shard.hasSession) {
      watch.hasSession = true;
      checkSilence(shard, watch);
    } else if (watch.hasSession || isHeldBack(shard.id)) {
      watch.hasSession = false;
      watch.since = now();
    } else if (now() - watch.since > limits.maxUnconnectedMs) {
      tryAgain(shard.id, watch);
    }
  };

  const timer = setInterval(() => {
    for (const shard of shards()) check(shard);
  }, limits.checkMs).unref();
  return () => {
    clearInterval(timer);
  };
}

function toWatch({ acknowledgedAt, hasSession }: ShardState, since: number): Watch {
  return { acknowledgedAt, hasSession, since, tries: 0, silentMs: 0 };
}
