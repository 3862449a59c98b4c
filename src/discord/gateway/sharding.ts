import { SimpleShardingStrategy, WebSocketShardStatus } from 'discord.js';

const SOCKET_CLOSED = 3;

type Manager = ConstructorParameters<typeof SimpleShardingStrategy>[0];
type Closing = Parameters<SimpleShardingStrategy['destroy']>[0];

/** The part of discord.js's shards that is used here; all of it is private to them but the status. */
interface Shard {
  readonly status: WebSocketShardStatus;
  readonly connection?: Socket | null;
  internalConnect?: () => Promise<void>;
}

/** Of the `ws` package. */
interface Socket {
  readonly readyState: number;
  addEventListener(type: 'error', listener: () => void): void;
  terminate(): void;
}

/**
 * discord.js's in-process shards, made so that they can be closed at any moment. As they come, only a shard that is
 * ready closes for good: one that waits for Discord's greeting, or for its next try, connects again afterwards,
 * closing it takes until a time-out, and if its socket fails while it connects, the process ends with it.
 * And so that a single one can be made to connect anew.
 */
export class CancellableSharding extends SimpleShardingStrategy {
  readonly #stopping: AbortSignal;

  constructor(manager: Manager, stopping: AbortSignal) {
    super(manager);
    this.#stopping = stopping;
  }

  override async connect(): Promise<void> {
    this.#stopping.throwIfAborted();
    await super.connect();
  }

  override async destroy(options?: Closing): Promise<void> {
    if (this.#stopping.aborted) for (const shard of this.#shards().values()) closeForGood(shard);
    await super.destroy(options);
  }

  /**
   * Breaks a shard's socket without asking the other side, which may be dead: the shard takes it for a lost line and
   * connects again, to the same session where there is one. False: there is no socket just now.
   */
  breakConnection(shardId: number): boolean {
    const connection = this.#shards().get(shardId)?.connection;
    if (!connection || connection.readyState === SOCKET_CLOSED) return false;
    connection.terminate();
    return true;
  }

  #shards(): ReadonlyMap<number, Shard> {
    return Reflect.get(this, 'shards') ?? new Map();
  }
}

function closeForGood(shard: Shard): void {
  shard.internalConnect = () => Promise.resolve();
  if (shard.status === WebSocketShardStatus.Ready) return;
  shard.connection?.addEventListener('error', () => undefined);
  shard.connection?.terminate();
}
