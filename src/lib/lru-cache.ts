import { LRUCache } from 'lru-cache';

export interface LruCacheOptions {
  /** Entries; of further ones the least recently used goes. */
  readonly max: number;
  /** An entry is gone after so long, ms. */
  readonly ttl?: number;
}

/** Never goes back, and is looked up at each call. To the cache an entry of the time 0 is one without an end. */
const MONOTONIC = { now: () => performance.now() + 1 };

/**
 * An LRUCache that takes memory for the entries that are there. By its own `max` it would take all of it at once:
 * half a megabyte for 10,000 entries, and most of the program's bounds are never reached.
 */
export function createLruCache<Value extends object | string | number | boolean>({
  max,
  ...options
}: LruCacheOptions): LRUCache<string, Value> {
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1, perf: MONOTONIC, ...options });
}
