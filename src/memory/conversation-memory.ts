import { LRUCache } from 'lru-cache';
import { StoreUnavailableError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { KeyValueStore } from '../storage/ports.ts';
import { ConversationEntry, type RetryPolicy } from './conversation-entry.ts';
import {
  sizeOfRecord,
  sizeOfTurn,
  withoutTurn,
  withTurn,
  type ConversationLimits,
  type ConversationRecord,
} from './conversation-record.ts';
import { turnSchema, type ConversationMemory } from './ports.ts';

export interface ConversationMemoryOptions {
  /** Keys are conversation ids, as `encodeKey` makes them. */
  readonly store: KeyValueStore;
  readonly log: Pick<Log, 'warn'>;
  readonly limits?: Partial<ConversationMemoryLimits>;
  readonly retry?: Partial<RetryPolicy>;
}

export interface ConversationMemoryLimits extends ConversationLimits {
  /** Of recently used conversations kept in memory. */
  readonly maxCachedBytes: number;
  readonly cacheTtlMs: number;
  /** Of turns that wait to be written; while there are more, `append` rejects at once. */
  readonly maxWaitingBytes: number;
}

const DEFAULT_LIMITS: ConversationMemoryLimits = {
  maxTurns: 100,
  maxBytes: 256 * 1024,
  maxCachedBytes: 32 * 1024 * 1024,
  cacheTtlMs: 10 * 60_000,
  maxWaitingBytes: 64 * 1024 * 1024,
};

/** With a store that fails at once, a write is given up after about a quarter of a minute. */
const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 8, minDelayMs: 100, maxDelayMs: 10_000 };

/** What a cached record takes besides its turns. */
const RECORD_OVERHEAD_BYTES = 500;

/** Conversations in a store, written behind, with the recently used ones in memory. */
export function createConversationMemory(options: ConversationMemoryOptions): ConversationMemory {
  const { store, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const retry = { ...DEFAULT_RETRY, ...options.retry };
  /** Those being read or written. They are in here and not in the cache, so nothing unwritten is evicted. */
  const active = new Map<string, ConversationEntry>();
  const cache = new LRUCache<string, ConversationRecord>({
    maxSize: limits.maxCachedBytes,
    sizeCalculation: (record) => RECORD_OVERHEAD_BYTES + sizeOfRecord(record),
    ttl: limits.cacheTtlMs,
    ttlAutopurge: true,
  });
  let waitingBytes = 0;

  function open(conversationId: string): ConversationEntry {
    const known = active.get(conversationId);
    if (known) return known;
    const record = cache.get(conversationId);
    cache.delete(conversationId);
    const entry = new ConversationEntry({ conversationId, record, store, log, retry, onIdle: putAside });
    active.set(conversationId, entry);
    return entry;
  }

  function putAside(entry: ConversationEntry): void {
    if (!entry.isIdle || active.get(entry.conversationId) !== entry) return;
    active.delete(entry.conversationId);
    if (entry.record) cache.set(entry.conversationId, entry.record);
  }

  return {
    async load(conversationId, signal) {
      signal?.throwIfAborted();
      const entry = open(conversationId);
      try {
        return (await entry.load(signal)).turns;
      } finally {
        putAside(entry);
      }
    },
    async append(conversationId, turn) {
      // One turn that could not be read again would take the whole conversation with it.
      turnSchema.parse(turn);
      const bytes = sizeOfTurn(turn);
      if (waitingBytes + bytes > limits.maxWaitingBytes) {
        throw new StoreUnavailableError('append', new Error('Too much waits to be written'));
      }
      waitingBytes += bytes;
      try {
        await open(conversationId).change((record) => withTurn(record, turn, limits));
      } finally {
        waitingBytes -= bytes;
      }
    },
    reset: (conversationId, at) => open(conversationId).reset(at),
    removeTurn: (conversationId, runId, at = Number.MAX_SAFE_INTEGER) =>
      open(conversationId).change((record) => withoutTurn(record, runId, at)),
    async flush() {
      await Promise.all(Array.from(active.values(), (entry) => entry.flush()));
    },
  };
}
