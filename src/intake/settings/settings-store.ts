import { createLruCache } from '../../lib/lru-cache.ts';
import { StoreUnavailableError } from '../../errors.ts';
import { untilAborted, withDeadline } from '../../lib/abort.ts';
import { KeyedOrder } from '../../lib/keyed-order.ts';
import type { Log } from '../../observability/log.ts';
import type { KeyValueStore } from '../../storage/ports.ts';
import {
  defaultSettings,
  settingsSchema,
  toChangedSettings,
  type Settings,
  type SettingsChange,
} from './settings.ts';

/** Settings by their scope, see `toSettingsScope`. */
export interface SettingsStore {
  /** What holds, where that is known without asking the store. */
  known(scope: string): Settings | undefined;
  /** What holds. Never rejects and never takes long: where the store cannot say, the defaults hold for a while. */
  read(scope: string): Promise<Settings>;
  /** What was set. Throws StoreUnavailableError. */
  load(scope: string, signal?: AbortSignal): Promise<Settings>;
  /** Resolves when durable, with what holds now. Throws StoreUnavailableError and has changed nothing then. */
  change(scope: string, change: SettingsChange, signal?: AbortSignal): Promise<Settings>;
}

export interface SettingsStoreOptions {
  /** No other process writes here. */
  readonly store: KeyValueStore;
  readonly log: Pick<Log, 'warn'>;
  /** How long a message waits for its settings, ms (1,000). */
  readonly readTimeoutMs?: number;
  /** For so long after a failed read the defaults hold, ms (15,000). */
  readonly pauseMs?: number;
}

const MAX_CACHED = 10_000;
const MAX_PAUSED = 10_000;

/** Settings in a store, read once and then kept in memory. */
export function createSettingsStore(options: SettingsStoreOptions): SettingsStore {
  const { store, log, readTimeoutMs = 1_000, pauseMs = 15_000 } = options;
  const cache = createLruCache<Settings>({ max: MAX_CACHED });
  /** What could not be read: the default is used and nothing is cached or written. */
  const paused = createLruCache<true>({ max: MAX_PAUSED, ttl: pauseMs });
  const reading = new Map<string, Promise<Settings>>();
  const order = new KeyedOrder();

  const load = async (scope: string, signal?: AbortSignal): Promise<Settings> => {
    const cached = cache.get(scope);
    if (cached) return cached;
    const stored = await store.get(scope, signal);
    const settings = parseSettings(stored);
    // A change that came in the meantime is newer than what was read.
    const changed = cache.get(scope);
    if (changed) return changed;
    cache.set(scope, settings);
    return settings;
  };

  const readOrDefault = async (scope: string): Promise<Settings> => {
    try {
      return await withDeadline('Reading settings', readTimeoutMs, undefined, ({ signal }) =>
        load(scope, signal),
      );
    } catch (error) {
      log.warn({ err: error, scope }, 'settings cannot be read: the defaults hold for now');
      paused.set(scope, true);
      return defaultSettings;
    } finally {
      reading.delete(scope);
    }
  };

  return {
    load,
    known: (scope) => cache.get(scope) ?? (paused.has(scope) ? defaultSettings : undefined),
    async read(scope) {
      const underWay = reading.get(scope) ?? readOrDefault(scope);
      reading.set(scope, underWay);
      return underWay;
    },
    change(scope, change, signal) {
      const changed = order.run(
        scope,
        async () => {
          const settings = toChangedSettings(await load(scope, signal), change);
          await store.set(scope, settings, signal ? { signal } : {});
          cache.set(scope, settings);
          return settings;
        },
        { signal },
      );
      return untilAborted(changed, signal);
    },
  };
}

function parseSettings(stored: unknown): Settings {
  if (stored === undefined) return defaultSettings;
  const settings = settingsSchema.safeParse(stored);
  if (!settings.success) throw new StoreUnavailableError('settings', settings.error);
  return settings.data;
}
