import { SimpleShardingStrategy, WebSocketShardStatus } from 'discord.js';

const SOCKET_CLOSED = 3;

type Manager = ConstructorParameters<typeof SimpleShardingStrategy>[0];
type Closing = Parameters<SimpleShardingStrategy['destroy']>[0];

/** What happens to the connections themselves. */
export interface ShardObserver {
  /** Discord acknowledged a heartbeat. */
  readonly onHeartbeat: (shardId: number) => void;
  /** A new session, or an earlier one that goes on. */
  readonly onConnected: (shardId: number) => void;
  readonly onClosed: (shardId: number, code: number) => void;
  /** A frame that the library could not handle. */
  readonly onUnhandled: (shardId: number, frame: unknown, error: unknown) => void;
}

/** The part of discord.js's shards that is used here; all of it is private to them but the status and the events. */
interface Shard {
  readonly status: WebSocketShardStatus;
  readonly connection?: Socket | null;
  internalConnect?: () => Promise<void>;
  onMessage(frame: unknown, isBinary: boolean): Promise<void>;
  on(event: 'heartbeat' | 'ready' | 'resumed', listener: () => void): unknown;
  on(event: 'closed', listener: (closed: { readonly code: number }) => void): unknown;
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
 * closing it takes until a time-out, and if its socket fails while it connects, the process ends with it. So it does
 * for any payload of a shape that discord.js does not expect: here that one frame is dropped.
 * And so that a single one can be made to connect anew.
 */
export class CancellableSharding extends SimpleShardingStrategy {
  readonly #stopping: AbortSignal;
  readonly #observer: ShardObserver;

  constructor(manager: Manager, stopping: AbortSignal, observer: ShardObserver) {
    super(manager);
    this.#stopping = stopping;
    this.#observer = observer;
  }

  override async spawn(shardIds: number[]): Promise<void> {
    await super.spawn(shardIds);
    for (const [shardId, shard] of this.#shards()) observe(shardId, shard, this.#observer);
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

function observe(shardId: number, shard: Shard, observer: ShardObserver): void {
  shard.on('heartbeat', () => {
    observer.onHeartbeat(shardId);
  });
  for (const event of ['ready', 'resumed'] as const) {
    shard.on(event, () => {
      observer.onConnected(shardId);
    });
  }
  shard.on('closed', ({ code }) => {
    observer.onClosed(shardId, code);
  });
  const handle = shard.onMessage.bind(shard);
  shard.onMessage = async (frame, isBinary) => {
    try {
      await handle(frame, isBinary);
    } catch (error) {
      observer.onUnhandled(shardId, frame, error);
    }
  };
}

function closeForGood(shard: Shard): void {
  shard.internalConnect = () => Promise.resolve();
  if (shard.status === WebSocketShardStatus.Ready) return;
  shard.connection?.addEventListener('error', () => undefined);
  shard.connection?.terminate();
}
