import { KeyvMemoryAdapter } from 'keyv';
import { createKeyvStorage } from './keyv-storage.ts';
import { createMemoryRunTable } from './memory-run-table.ts';
import type { Storage } from './ports.ts';
import { StoreGate } from './store-gate.ts';

const PURGE_INTERVAL_MS = 60_000;

/** A Storage that lives as long as the process. */
export function openMemoryStorage({ timeoutMs }: { readonly timeoutMs: number }): Storage {
  const entries = new Map<string, MemoryEntry>();
  const purge = setInterval(() => {
    const now = Date.now();
    for (const [key, { expires }] of entries) {
      if (expires !== undefined && expires <= now) entries.delete(key);
    }
  }, PURGE_INTERVAL_MS).unref();
  return createKeyvStorage({
    createAdapter: () => new KeyvMemoryAdapter(entries),
    runs: createMemoryRunTable(),
    gate: new StoreGate(timeoutMs),
    ping: () => Promise.resolve(),
    close: () => {
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
