import { Status, type Client } from 'discord.js';
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

/** How alive each shard is, by Discord's own answers: a socket may look open long after it is dead. */
export interface Heartbeats extends Pick<ShardObserver, 'onHeartbeat' | 'onConnected'> {
  shards(): readonly ShardState[];
}

/** `now`: ms on a clock that is never set. */
export function watchHeartbeats(client: Client, now = (): number => performance.now()): Heartbeats {
  const startedAt = now();
  const connectedAt = new Map<number, number>();
  const acknowledgedAt = new Map<number, number>();
  return {
    onHeartbeat(shardId) {
      acknowledgedAt.set(shardId, now());
    },
    onConnected(shardId) {
      connectedAt.set(shardId, now());
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
          heartbeatAgeMs: Math.max(0, now() - aliveAt),
          // Measured by discord.js on a clock that may have been set meanwhile.
          pingMs: acknowledged === undefined ? null : Math.max(0, ping),
        };
      });
    },
  };
}
