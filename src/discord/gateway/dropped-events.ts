import type { Client } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import { createLruCache } from '../../lib/lru-cache.ts';

/** Tells of an event that could not be handled; the others go on. `event`: as Discord calls it. */
export type DropEvent = (event: string, error: unknown, shardId?: number) => void;

const MAX_KINDS = 200;
const MAX_REASON_CHARACTERS = 100;

/** One line a minute for each event and reason, with how many there were since the last one. */
export function createDroppedEvents(log: Pick<Log, 'error'>, intervalMs = 60_000): DropEvent {
  const kinds = createLruCache<{ toldAt: number; count: number }>({ max: MAX_KINDS });
  return (event, error, shardId) => {
    const reason = error instanceof Error ? error.message : String(error);
    const key = `${event} ${reason.slice(0, MAX_REASON_CHARACTERS)}`;
    const kind = kinds.get(key) ?? { toldAt: -Infinity, count: 0 };
    kinds.set(key, kind);
    kind.count += 1;
    if (performance.now() - kind.toldAt < intervalMs) return;
    const { count } = kind;
    kind.toldAt = performance.now();
    kind.count = 0;
    log.error({ err: error, event, shardId, count }, 'a gateway event could not be handled');
  };
}

/** What a frame of the gateway tells, without throwing, whatever its shape. */
export function toEventName(frame: unknown): string {
  try {
    const payload: unknown = JSON.parse(String(frame));
    if (typeof payload !== 'object' || payload === null) return 'unknown';
    if ('t' in payload && typeof payload.t === 'string') return payload.t.slice(0, 100);
    return 'op' in payload ? `opcode ${String(payload.op)}` : 'unknown';
  } catch {
    return 'unknown';
  }
}

/**
 * What discord.js does with a dispatch for its own caches may throw over a shape that it does not expect, and some of
 * it happens in a later turn of the event loop, where nobody would catch it.
 */
export function guardPackets(client: Client, drop: DropEvent): void {
  const { ws } = client;
  const handle: unknown = Reflect.get(ws, 'handlePacket');
  if (typeof handle !== 'function') throw new TypeError('discord.js handles packets in another way');
  Reflect.set(ws, 'handlePacket', (packet: { readonly t?: unknown } | undefined, shard: unknown): unknown => {
    try {
      const isHandled: unknown = Reflect.apply(handle, ws, [packet, shard]);
      return isHandled;
    } catch (error) {
      drop(String(packet?.t), error);
      return true;
    }
  });
}
