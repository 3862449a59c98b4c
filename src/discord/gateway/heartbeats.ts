import { Status, type Client } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import type { ShardObserver } from './sharding.ts';

export interface ShardState {
  readonly id: number;
  readonly isConnected: boolean;
  /** Discord has greeted it; it may still be telling of its servers. */
  readonly hasSession: boolean;
  /** When Discord last acknowledged a heartbeat, on the monotonic clock, ms; 0 before the first. */
  readonly acknowledgedAt: number;
  /** Since Discord last acknowledged a heartbeat, or since the connection was made if that is later. */
  readonly heartbeatAgeMs: number;
  /** Round trip of the last heartbeat; null before the first. */
  readonly pingMs: number | null;
}

/**
 * How alive each shard is, by Discord's own answers: a socket may look open long after it is dead. The operator is told
 * of connections that were lost: once for each, however many tries the next one takes.
 */
export interface Heartbeats extends Omit<ShardObserver, 'onUnhandled'> {
  shards(): readonly ShardState[];
}

/** The code with which a client leaves a connection that Discord asked it to leave. */
const ASKED_TO_RECONNECT = 4200;

export function watchHeartbeats(
  client: Client,
  log: Pick<Log, 'info' | 'warn'>,
  stopping: AbortSignal,
): Heartbeats {
  const startedAt = performance.now();
  const connectedAt = new Map<number, number>();
  const acknowledgedAt = new Map<number, number>();
  /** Shards that lost their connection, and since when. */
  const lostAt = new Map<number, number>();
  return {
    onHeartbeat(shardId) {
      acknowledgedAt.set(shardId, performance.now());
    },
    onConnected(shardId) {
      connectedAt.set(shardId, performance.now());
      const since = lostAt.get(shardId);
      if (since === undefined) return;
      lostAt.delete(shardId);
      log.info({ shardId, ms: Math.round(performance.now() - since) }, 'a gateway connection is back');
    },
    onClosed(shardId, code) {
      // One that never was connected, or was told already.
      if (stopping.aborted || !connectedAt.has(shardId) || lostAt.has(shardId)) return;
      lostAt.set(shardId, performance.now());
      const level = code === ASKED_TO_RECONNECT ? 'info' : 'warn';
      log[level]({ shardId, code }, 'a gateway connection was lost');
    },
    shards() {
      return client.ws.shards.map(({ id, status, ping }) => {
        const acknowledged = acknowledgedAt.get(id);
        const aliveAt = Math.max(acknowledged ?? 0, connectedAt.get(id) ?? startedAt);
        return {
          id,
          isConnected: status === Status.Ready,
          hasSession: status === Status.Ready || status === Status.WaitingForGuilds,
          acknowledgedAt: acknowledged ?? 0,
          heartbeatAgeMs: Math.max(0, performance.now() - aliveAt),
          // Measured by discord.js on a clock that may have been set meanwhile.
          pingMs: acknowledged === undefined ? null : Math.max(0, ping),
        };
      });
    },
  };
}
