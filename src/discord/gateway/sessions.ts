import { Events, GatewayDispatchEvents, ShardClientUtil, type Client } from 'discord.js';
import type { Directory } from './directory.ts';

/** A gateway session that did not resume an earlier one: what was said before it never arrives. */
export interface NewSession {
  /** Whether what happens in a channel comes over this session. */
  serves(channelId: string): boolean;
  /** Resolves when its servers and channels are known; never, if the gateway stops before that. */
  readonly ready: Promise<void>;
}

/**
 * Tells of each new session, as soon as Discord has greeted it. The first ones of all shards count as one, which is
 * ready when all of them are.
 */
export function watchSessions(
  client: Client,
  directory: Directory,
  onSession: (session: NewSession) => void,
): void {
  const first = Promise.withResolvers<undefined>();
  client.once(Events.ClientReady, () => {
    first.resolve(undefined);
  });
  let hasFirst = false;
  const unready = new Map<number, PromiseWithResolvers<undefined>>();
  client.on(Events.ShardReady, (shardId) => {
    unready.get(shardId)?.resolve(undefined);
    unready.delete(shardId);
  });
  client.ws.on(GatewayDispatchEvents.Ready, (_: unknown, shardId: number) => {
    if (!client.isReady()) {
      if (!hasFirst) onSession({ serves: () => true, ready: first.promise });
      hasFirst = true;
      return;
    }
    // Greeted again before it was ready: the one that was told covers it.
    if (unready.has(shardId)) return;
    const ready = Promise.withResolvers<undefined>();
    unready.set(shardId, ready);
    const shardCount = client.ws.shards.size;
    onSession({
      serves: (channelId) => toShardId(directory.channel(channelId)?.guildId, shardCount) === shardId,
      ready: ready.promise,
    });
  });
}

/** Direct messages, and what is unknown, come over the first shard. */
function toShardId(guildId: string | undefined, shardCount: number): number {
  return guildId === undefined ? 0 : ShardClientUtil.shardIdForGuildId(guildId, shardCount);
}
