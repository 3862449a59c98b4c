import { KeyvMemoryAdapter } from 'keyv';
import { createKeyvStorage } from './keyv-storage.ts';
import type { Storage } from './ports.ts';

const PURGE_INTERVAL_MS = 60_000;

/** A Storage that lives as long as the process. */
export function openMemoryStorage({ timeoutMs }: { readonly timeoutMs: number }): Storage {
  let isClosed = false;
  const entries = new Map<string, MemoryEntry>();
  const assertOpen = (): void => {
    if (isClosed) throw new Error('The store is closed');
  };
  const guarded = {
    get: (key: string) => {
      assertOpen();
      return entries.get(key);
    },
    set: (key: string, entry: MemoryEntry) => {
      assertOpen();
      return entries.set(key, entry);
    },
    delete: (key: string) => {
      assertOpen();
      return entries.delete(key);
    },
    has: (key: string) => entries.has(key),
    clear: () => {
      entries.clear();
    },
  };
  const purge = setInterval(() => {
    const now = Date.now();
    for (const [key, { expires }] of entries) {
      if (expires !== undefined && expires <= now) entries.delete(key);
    }
  }, PURGE_INTERVAL_MS).unref();
  return createKeyvStorage({
    createAdapter: () => new KeyvMemoryAdapter(guarded),
    timeoutMs,
    ping: () => Promise.try(assertOpen),
    close: () => {
      isClosed = true;
      clearInterval(purge);
      entries.clear();
      return Promise.resolve();
    },
  });
}

/** As KeyvMemoryAdapter keeps it. */
interface MemoryEntry {
  readonly value: unknown;
  /** epoch ms */
  readonly expires?: number;
}
