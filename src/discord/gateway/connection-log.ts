import type { Log } from '../../observability/log.ts';
import type { ShardObserver } from './sharding.ts';

/** The code with which a client leaves a connection that Discord asked it to leave. */
const ASKED_TO_RECONNECT = 4200;

export type ConnectionLog = Pick<ShardObserver, 'onConnected' | 'onClosed'>;

/** Tells the operator of connections that were lost: once for each, however many tries the next one takes. */
export function createConnectionLog(log: Pick<Log, 'info' | 'warn'>, stopping: AbortSignal): ConnectionLog {
  /** Shards without a connection, and since when on the monotonic clock; undefined: connected. */
  const lostAt = new Map<number, number | undefined>();
  return {
    onConnected(shardId) {
      const since = lostAt.get(shardId);
      lostAt.set(shardId, undefined);
      if (since === undefined) return;
      log.info({ shardId, ms: Math.round(performance.now() - since) }, 'a gateway connection is back');
    },
    onClosed(shardId, code) {
      // One that never was connected, or was told already.
      if (stopping.aborted || !lostAt.has(shardId) || lostAt.get(shardId) !== undefined) return;
      lostAt.set(shardId, performance.now());
      const level = code === ASKED_TO_RECONNECT ? 'info' : 'warn';
      log[level]({ shardId, code }, 'a gateway connection was lost');
    },
  };
}
