import { z } from 'zod';
import { withDeadline } from '../../lib/abort.ts';
import { compareIds } from '../../lib/compare-ids.ts';
import type { Log } from '../../observability/log.ts';
import type { Gaps } from '../../runs/gaps.ts';
import type { KeyValueStore } from '../../storage/ports.ts';
import type { ShardState } from '../gateway/heartbeats.ts';
import { laterOf, toEarlierId } from './message-time.ts';

/**
 * Up to which message everything was heard, wherever it was said, and is settled: it became a run that is written
 * down, or asks for nothing. So that what was not answered when it was said is not answered after the next start
 * either, and what was said in the meantime is found in channels that nobody asked in before.
 */
export interface Heard {
  /** From an earlier process, or this one; undefined: the bot never listened before. Throws StoreUnavailableError. */
  until(): Promise<string | undefined>;
  /** A message came in over the gateway, or need not be heard any more. */
  hear(messageId: string): void;
  /** Where the bot never listened before, it does from this message on. Never rejects. */
  begin(messageId: string): Promise<void>;
  /** Writes down what can be told; nothing is told from now on. Never rejects. */
  stop(): Promise<void>;
}

export interface HeardOptions {
  /** Outlives the process. */
  readonly store: KeyValueStore;
  readonly gaps: Pick<Gaps, 'cursorForAll'>;
  readonly shards: () => readonly Pick<ShardState, 'isConnected' | 'heartbeatAgeMs'>[];
  readonly log: Pick<Log, 'warn'>;
  /** How often it is written while something is said, ms (30,000). */
  readonly intervalMs?: number;
  /** Messages of several servers do not come in the order of their ids: at the end, the last ms are left out (3,000). */
  readonly disorderMs?: number;
}

/** The store lets it end all the same before it closes. */
const stopTimeoutMs = 1_000;

const KEY = 'until';
const recordSchema = z.object({ version: z.literal(1), messageId: z.string().regex(/^\d{1,20}$/) });

export function createHeard(options: HeardOptions): Heard {
  const { store, gaps, shards, log, intervalMs = 30_000, disorderMs = 3_000 } = options;
  let latest: string | undefined;
  /** Heard at `at` on the monotonic clock. It counts when every connection was seen alive after that. */
  let candidate: { readonly messageId: string; readonly at: number } | undefined;
  let written: Promise<string | undefined> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const read = async (): Promise<string | undefined> => {
    const stored = await store.get(KEY);
    if (stored === undefined) return undefined;
    const record = recordSchema.safeParse(stored);
    if (record.success) return record.data.messageId;
    log.warn({ err: record.error }, 'up to where the bot has heard everything cannot be read');
    return undefined;
  };

  const until = async (): Promise<string | undefined> => {
    written ??= read();
    try {
      return await written;
    } catch (error) {
      written = undefined;
      throw error;
    }
  };

  const write = async (messageId: string): Promise<void> => {
    try {
      const before = await until();
      if (before !== undefined && compareIds(before, messageId) >= 0) return;
      await store.set(KEY, { version: 1, messageId });
      written = Promise.resolve(messageId);
    } catch (error) {
      log.warn({ err: error }, 'up to where the bot has heard everything could not be written down');
    }
  };

  const isAliveSince = (at: number): boolean =>
    shards().every(
      ({ isConnected, heartbeatAgeMs }) => isConnected && heartbeatAgeMs < performance.now() - at,
    );

  const check = async (): Promise<void> => {
    timer = undefined;
    const settled = candidate && isAliveSince(candidate.at) && gaps.cursorForAll(candidate.messageId);
    if (typeof settled === 'string') {
      await write(settled);
      if (settled === candidate?.messageId) candidate = undefined;
    }
    if (!candidate && latest !== undefined) {
      candidate = { messageId: latest, at: performance.now() };
      latest = undefined;
    }
    if (candidate) arm();
  };

  const arm = (): void => {
    if (isStopped) return;
    timer ??= setTimeout(() => {
      check().catch((error: unknown) => {
        log.warn({ err: error }, 'what was heard could not be told');
      });
    }, intervalMs).unref();
  };

  return {
    until,
    hear(messageId) {
      if (isStopped) return;
      latest = laterOf(messageId, latest ?? '0');
      arm();
    },
    async begin(messageId) {
      const settled = gaps.cursorForAll(messageId);
      if (settled === undefined) return;
      try {
        if ((await until()) === undefined) await write(settled);
      } catch (error) {
        log.warn({ err: error }, 'up to where the bot has heard everything cannot be read');
      }
    },
    async stop() {
      clearTimeout(timer);
      isStopped = true;
      const last = latest ?? candidate?.messageId;
      if (last === undefined || !shards().every(({ isConnected }) => isConnected)) return;
      const settled = gaps.cursorForAll(toEarlierId(last, disorderMs));
      if (settled === undefined) return;
      try {
        await withDeadline('Writing what was heard', stopTimeoutMs, undefined, () => write(settled));
      } catch (error) {
        log.warn({ err: error }, 'up to where the bot has heard everything could not be written in time');
      }
    },
  };
}
