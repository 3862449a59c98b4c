import { z } from 'zod';
import { sleep } from '../../lib/abort.ts';
import type { Log } from '../../observability/log.ts';
import type { KeyValueStore } from '../../storage/ports.ts';

export interface StartGateOptions {
  /** Outlives the process. */
  readonly store: KeyValueStore;
  readonly log: Log;
  /** So many starts follow each other freely. */
  readonly maxStarts: number;
  /** Within this time, ms (5 minutes). */
  readonly windowMs?: number;
  /** The first wait, doubled with each further start, ms (15,000). */
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
  readonly now?: () => number;
}

/**
 * Keeps a process that is started again and again from using up the logins of the day (1,000, after which Discord
 * resets the token): https://docs.discord.com/developers/events/gateway#session-start-limit-object
 */
export interface StartGate {
  /** Resolves when the bot may log in, and counts this start. Rejects with the signal's reason alone. */
  pass(signal: AbortSignal): Promise<void>;
}

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** The latest starts, epoch ms, oldest first. */
  starts: z.array(z.number()),
  /** What the last of them had to wait. */
  delayMs: z.number(),
});

type StartRecord = z.infer<typeof recordSchema>;

const KEY = 'recent';
const NO_STARTS: StartRecord = { version: 1, starts: [], delayMs: 0 };

export function createStartGate(options: StartGateOptions): StartGate {
  const { store, log, maxStarts, now = Date.now } = options;
  const { windowMs = 5 * 60_000, firstDelayMs = 15_000, maxDelayMs = 10 * 60_000 } = options;

  /** How long after the last start the next one is due. */
  const toDelay = ({ starts, delayMs }: StartRecord): number => {
    // Starts that had to wait lie further apart, and are a row all the same.
    const since = now() - windowMs - maxStarts * delayMs;
    if (starts.filter((at) => at > since).length < maxStarts) return 0;
    return Math.min(maxDelayMs, delayMs === 0 ? firstDelayMs : 2 * delayMs);
  };

  return {
    async pass(signal) {
      const record = await readRecord(options, signal);
      // A clock that was set back leaves starts in the future.
      const starts = record.starts.filter((at) => at <= now());
      const delayMs = toDelay({ ...record, starts });
      const waitMs = (starts.at(-1) ?? 0) + delayMs - now();
      if (waitMs > 0) {
        log.warn({ starts: starts.length, waitMs }, 'started too often: waiting before the login');
        await sleep(waitMs, signal);
      }
      const next: StartRecord = { version: 1, starts: [...starts, now()].slice(-maxStarts), delayMs };
      try {
        await store.set(KEY, next, { signal });
      } catch (error) {
        signal.throwIfAborted();
        log.warn({ err: error }, 'this start could not be written down');
      }
    },
  };
}

/** A store that does not answer holds up no start. */
async function readRecord({ store, log }: StartGateOptions, signal: AbortSignal): Promise<StartRecord> {
  try {
    const stored = await store.get(KEY, signal);
    return stored === undefined ? NO_STARTS : recordSchema.parse(stored);
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error }, 'how often the bot was started cannot be read');
    return NO_STARTS;
  }
}
