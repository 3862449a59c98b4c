import { Events, GatewayDispatchEvents, Status, type Client } from 'discord.js';

export interface ShardState {
  readonly id: number;
  readonly isConnected: boolean;
  /** Discord has greeted it; it may still be telling of its servers. */
  readonly hasSession: boolean;
  /** When Discord last acknowledged a heartbeat, epoch ms; 0 before the first. */
  readonly acknowledgedAt: number;
  /** Since Discord last acknowledged a heartbeat, or since the connection was made if that is later. */
  readonly heartbeatAgeMs: number;
  /** Round trip of the last heartbeat; null before the first. */
  readonly pingMs: number | null;
}

/** How alive each shard is, by Discord's own answers: a socket may look open long after it is dead. */
export interface Heartbeats {
  shards(): readonly ShardState[];
}

export function watchHeartbeats(client: Client, now: () => number = Date.now): Heartbeats {
  const startedAt = now();
  const connectedAt = new Map<number, number>();
  const onConnected = (shardId: number): void => {
    connectedAt.set(shardId, now());
  };
  client.ws.on(GatewayDispatchEvents.Ready, (_: unknown, shardId: number) => {
    onConnected(shardId);
  });
  client.on(Events.ShardResume, onConnected);
  return {
    shards() {
      return client.ws.shards.map(({ id, status, ping, lastPingTimestamp }) => {
        const hasPing = lastPingTimestamp > 0 && ping >= 0;
        const acknowledgedAt = hasPing ? lastPingTimestamp + ping : 0;
        const aliveAt = Math.max(acknowledgedAt, connectedAt.get(id) ?? startedAt);
        return {
          id,
          isConnected: status === Status.Ready,
          hasSession: status === Status.Ready || status === Status.WaitingForGuilds,
          acknowledgedAt,
          heartbeatAgeMs: Math.max(0, now() - aliveAt),
          pingMs: hasPing ? ping : null,
        };
      });
    },
  };
}
