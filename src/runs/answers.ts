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
  /** The answer of a question, also of one that joined another. Throws StoreUnavailableError. */
  find(questionId: string): Promise<Answer | undefined>;
  drop(runId: string): void;
  /** Resolves when what was kept is written or given up. */
  flush(): Promise<void>;
}

const answerSchema = z.strictObject({ run: runSchema, messageIds: z.array(z.string()) });

/** Under the id of a question that joined another run: the run that it is answered with. */
const joinedSchema = z.strictObject({ answeredWith: z.string() });

/**
 * An answer, or the id of the run with which a question that joined it is answered. Throws where it is not what this
 * program, or an earlier version of it, wrote.
 */
export function parseAnswer(stored: unknown): Answer | string {
  const joined = joinedSchema.safeParse(stored);
  if (joined.success) return joined.data.answeredWith;
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

  const read = async (id: string): Promise<Answer | string | undefined> => {
    const stored = await store.get(id);
    try {
      return stored === undefined ? undefined : parseAnswer(stored);
    } catch (error) {
      log.warn({ err: error, runId: id }, 'an answer that was written down cannot be read');
      return undefined;
    }
  };

  return {
    keep(answer) {
      const { id, joined = [] } = answer.run;
      recent.set(id, answer);
      writes.add(store.set(id, answer, { ttlMs: KEPT_MS }), failure);
      for (const question of joined) {
        writes.add(store.set(question.id, { answeredWith: id }, { ttlMs: KEPT_MS }), failure);
      }
    },
    async find(questionId) {
      const known = recent.get(questionId) ?? (await read(questionId));
      if (typeof known !== 'string') return known;
      const answer = recent.get(known) ?? (await read(known));
      return typeof answer === 'string' ? undefined : answer;
    },
    drop(runId) {
      const joined = recent.get(runId)?.run.joined ?? [];
      recent.delete(runId);
      for (const id of [runId, ...joined.map((question) => question.id)]) {
        writes.add(store.delete(id), failure);
      }
    },
    flush: () => writes.settled(),
  };
}
