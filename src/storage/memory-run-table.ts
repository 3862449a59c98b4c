import { createLruCache } from '../lib/lru-cache.ts';
import type { RunRow, RunTable } from './run-table.ts';

const MAX_CLAIMS = 100_000;
const CLAIM_LIFE_MS = 7 * 24 * 60 * 60_000;

/** Runs that are kept as long as the process lives. */
export function createMemoryRunTable(): RunTable {
  const rows = new Map<string, RunRow & { steps: string[] }>();
  const claims = createLruCache<true>({ max: MAX_CLAIMS, ttl: CLAIM_LIFE_MS });
  const kept = new Map<string, string>();
  const isLater = (id: string, than: string): boolean => BigInt(id) > BigInt(than);

  return {
    isDurable: false,
    admit({ id, cursors, createdAt, record, isAgain }) {
      if (claims.has(id) && !isAgain) return Promise.resolve(false);
      claims.set(id, true);
      const receipt = rows.get(id)?.receipt ?? null;
      const fresh = { ending: null, isDelivered: false, attempts: 0, steps: [] };
      rows.set(id, { id, createdAt, record, receipt, ...fresh });
      for (const [channelId, messageId] of cursors) {
        if (isLater(messageId, kept.get(channelId) ?? '0')) kept.set(channelId, messageId);
      }
      return Promise.resolve(true);
    },
    patch(id, { isNewAttempt, isDelivered, ...patch }) {
      const row = rows.get(id);
      if (row) {
        rows.set(id, {
          ...row,
          ...patch,
          isDelivered: row.ending === null ? row.isDelivered : row.isDelivered || isDelivered === true,
          attempts: row.attempts + Number(isNewAttempt ?? false),
        });
      }
      return Promise.resolve();
    },
    saveStep(id, index, step) {
      const row = rows.get(id);
      if (row) row.steps[index] = step;
      return Promise.resolve();
    },
    retire(id) {
      if (rows.get(id)?.ending !== null) rows.delete(id);
      return Promise.resolve();
    },
    list: () => Promise.resolve([...rows.values()].toSorted((a, b) => a.createdAt - b.createdAt)),
    cursors({ after, limit }) {
      const later = [...kept].filter(([, messageId]) => isLater(messageId, after));
      later.sort(([, one], [, other]) => (isLater(one, other) ? -1 : 1));
      return Promise.resolve(new Map(later.slice(0, limit)));
    },
    forgetChannel(channelId) {
      kept.delete(channelId);
      return Promise.resolve();
    },
    forgetChannelsUntil(until) {
      for (const [channelId, messageId] of kept) {
        if (!isLater(messageId, until)) kept.delete(channelId);
      }
      return Promise.resolve();
    },
  };
}
