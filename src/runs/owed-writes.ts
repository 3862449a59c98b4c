import { StoreUnavailableError } from '../errors.ts';
import type { Log } from '../observability/log.ts';

/**
 * Writes about runs, each run's in their order. One that the store does not take is owed, as is what comes after it
 * about the same run: so that a run that began or ended in an outage is written down as soon as that is over, and
 * what is written of a run never skips a part of it.
 */
export interface OwedWrites {
  /**
   * Resolves with the result of the write; or with undefined as soon as it is owed. Never rejects. `write` may be
   * called again, also after it had its effect.
   */
  write<T>(runId: string, write: () => Promise<T>): Promise<T | undefined>;
  /** Tries what is owed. Resolves when it is written, or the store still does not answer. */
  flush(): Promise<void>;
}

export interface OwedWritesOptions {
  readonly log: Pick<Log, 'warn' | 'error' | 'info'>;
  /** Before the first new try, doubled with each further one (500). */
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Runs of which something is owed at most; of further ones the oldest is given up. */
  readonly maxRuns?: number;
}

interface Write {
  readonly attempt: () => Promise<unknown>;
  isDone: boolean;
}

/** What is under way or owed of a run, in order. */
interface RunWrites {
  readonly writes: Write[];
  isOwing: boolean;
}

export function createOwedWrites(options: OwedWritesOptions): OwedWrites {
  const { log, minDelayMs = 500, maxDelayMs = 30_000, maxRuns = 2_000 } = options;
  const runs = new Map<string, RunWrites>();
  const owing = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let delayMs = minDelayMs;
  let flushing: Promise<void> | undefined;

  const retryLater = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush().catch((error: unknown) => {
        log.error({ err: error }, 'what is owed to the store could not be tried');
      });
    }, delayMs).unref();
  };

  const owe = (runId: string, run: RunWrites, error: unknown): void => {
    if (!run.isOwing)
      log.warn({ err: error, runId }, 'the store did not take what concerns a run: it is tried again');
    run.isOwing = true;
    owing.add(runId);
    for (const oldest of owing) {
      if (owing.size <= maxRuns) break;
      log.error({ runId: oldest }, 'a run is not written down: too many wait for the store');
      forget(oldest);
    }
    retryLater();
  };

  const forget = (runId: string): void => {
    owing.delete(runId);
    runs.delete(runId);
  };

  /** What was done is forgotten, but for what follows something that is owed: it is made again after that. */
  const settle = (runId: string, run: RunWrites): void => {
    while (!run.isOwing && run.writes[0]?.isDone === true) run.writes.shift();
    if (run.writes.length === 0 && runs.get(runId) === run) forget(runId);
  };

  /** Throws StoreUnavailableError where the store still does not answer. */
  const payOne = async (runId: string, run: RunWrites): Promise<void> => {
    for (let [next] = run.writes; next; [next] = run.writes) {
      try {
        await next.attempt();
      } catch (error) {
        if (error instanceof StoreUnavailableError) throw error;
        log.error({ err: error, runId }, 'a write about a run failed');
      }
      run.writes.shift();
    }
    run.isOwing = false;
    if (runs.get(runId) === run) forget(runId);
  };

  const payAll = async (): Promise<void> => {
    const runIds = [...owing];
    const payments = runIds.flatMap((runId) => {
      const run = runs.get(runId);
      return run ? [payOne(runId, run)] : [];
    });
    const results = await Promise.allSettled(payments);
    if (results.some(({ status }) => status === 'rejected')) {
      delayMs = Math.min(delayMs * 2, maxDelayMs);
      retryLater();
    } else {
      delayMs = minDelayMs;
      log.info({ runs: runIds.length }, 'what the store was owed is written');
    }
  };

  const flush = async (): Promise<void> => {
    if (owing.size === 0) return;
    clearTimeout(timer);
    timer = undefined;
    flushing ??= payAll().finally(() => {
      flushing = undefined;
    });
    await flushing;
  };

  return {
    flush,
    async write(runId, attempt) {
      const run = runs.get(runId) ?? { writes: [], isOwing: false };
      runs.set(runId, run);
      const write: Write = { attempt, isDone: false };
      run.writes.push(write);
      if (run.isOwing) return undefined;
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof StoreUnavailableError) owe(runId, run, error);
        else log.error({ err: error, runId }, 'a write about a run failed');
        return undefined;
      } finally {
        write.isDone = !run.isOwing;
        settle(runId, run);
      }
    },
  };
}
