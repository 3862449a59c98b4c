import { createLruCache } from '../lib/lru-cache.ts';
import { z } from 'zod';
import type { Log } from '../observability/log.ts';
import type { KeyValueStore } from '../storage/ports.ts';
import { refuseNewerRecord } from '../storage/record-version.ts';
import { createOwnedWork } from './owned-work.ts';
import { runSchema, type Run } from './run.ts';

/** An ended run and the messages that hold its answer, for whoever wants to change or remove it. */
export interface Answer {
  readonly run: Run;
  readonly messageIds: readonly string[];
}

/** Finds answers again by their run, also after a restart. */
export interface Answers {
  /** Kept at once and written behind. */
  keep(answer: Answer): void;
  /** Throws StoreUnavailableError. */
  find(runId: string): Promise<Answer | undefined>;
  drop(runId: string): void;
  /** Resolves when what was kept is written or given up. */
  flush(): Promise<void>;
}

const answerSchema = z.strictObject({ run: runSchema, messageIds: z.array(z.string()) });

/** Throws where it is not what this program, or an earlier version of it, wrote. */
export function parseAnswer(stored: unknown): Answer {
  if (typeof stored === 'object' && stored !== null && 'run' in stored) refuseNewerRecord(stored.run, 1);
  return answerSchema.parse(stored);
}

/** The buttons under an answer work for so long. */
const KEPT_MS = 7 * 24 * 60 * 60_000;
const MAX_RECENT = 1_000;

export function createAnswers({ store, log }: { store: KeyValueStore; log: Log }): Answers {
  const recent = createLruCache<Answer>({ max: MAX_RECENT });
  const writes = createOwnedWork(log);
  const failure = 'an answer may not be found again after a restart';

  return {
    keep(answer) {
      recent.set(answer.run.id, answer);
      writes.add(store.set(answer.run.id, answer, { ttlMs: KEPT_MS }), failure);
    },
    async find(runId) {
      const known = recent.get(runId);
      if (known) return known;
      const stored = await store.get(runId);
      if (stored === undefined) return undefined;
      try {
        return parseAnswer(stored);
      } catch (error) {
        log.warn({ err: error, runId }, 'an answer that was written down cannot be read');
        return undefined;
      }
    },
    drop(runId) {
      recent.delete(runId);
      writes.add(store.delete(runId), failure);
    },
    flush: () => writes.settled(),
  };
}
