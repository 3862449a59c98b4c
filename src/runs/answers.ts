import { createLruCache } from '../lib/lru-cache.ts';
import { z } from 'zod';
import type { Log } from '../observability/log.ts';
import type { KeyValueStore } from '../storage/ports.ts';
import { refuseNewerRecord } from '../storage/record-version.ts';
import { createBackgroundWork } from '../lib/background-work.ts';
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
  /** Whose words stand in a message of the bot; undefined where that is not kept. Throws StoreUnavailableError. */
  ownerOf(messageId: string): Promise<WordsOf | undefined>;
  /** A message is gone from its channel, whoever's it was. */
  removed(messageId: string): void;
  /** Whether one of these messages went lately, perhaps while its answer was still on its way. */
  isAnyRemoved(messageIds: readonly string[]): boolean;
  /** Resolves when what was kept is written or given up. */
  flush(): Promise<void>;
}

/** The turn that a message of an answer belongs to. */
export interface WordsOf {
  readonly runId: string;
  readonly conversationId: string;
  /** When that was asked, epoch ms. */
  readonly askedAt: number;
}

const wordsSchema = z.strictObject({ runId: z.string(), conversationId: z.string(), askedAt: z.number() });

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

export interface AnswersOptions {
  readonly store: KeyValueStore;
  /** Which answer a message belongs to; without it that is not known after the process. */
  readonly messages?: KeyValueStore;
  readonly log: Log;
}

/** The buttons under an answer work for so long, and so long its messages are known as its own. */
const KEPT_MS = 7 * 24 * 60 * 60_000;
const MAX_RECENT = 1_000;
/** Longer than an answer takes to be delivered while Discord is there. */
const REMOVED_LIFE_MS = 15 * 60_000;
const MAX_REMOVED = 10_000;

export function createAnswers({ store, messages, log }: AnswersOptions): Answers {
  const recent = createLruCache<Answer>({ max: MAX_RECENT });
  const removed = createLruCache<true>({ max: MAX_REMOVED, ttl: REMOVED_LIFE_MS });
  const writes = createBackgroundWork(log);
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

  /** A question that was on its own again since has an answer of its own. */
  const unlink = async (questionId: string, runId: string): Promise<void> => {
    const known = recent.get(questionId);
    if (known && known.run.id !== runId) return;
    recent.delete(questionId);
    if ((await read(questionId)) === runId) await store.delete(questionId);
  };

  return {
    keep(answer) {
      const { run, messageIds } = answer;
      const { id, conversationId, createdAt, joined = [] } = run;
      recent.set(id, answer);
      writes.add(store.set(id, answer, { ttlMs: KEPT_MS }), failure);
      for (const question of joined) {
        recent.set(question.id, answer);
        writes.add(store.set(question.id, { answeredWith: id }, { ttlMs: KEPT_MS }), failure);
      }
      const words = { runId: id, conversationId, askedAt: createdAt };
      for (const messageId of messageIds) {
        if (messages) writes.add(messages.set(messageId, words, { ttlMs: KEPT_MS }), failure);
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
      writes.add(store.delete(runId), failure);
      for (const { id } of joined) writes.add(unlink(id, runId), failure);
    },
    async ownerOf(messageId) {
      const words = wordsSchema.safeParse(await messages?.get(messageId));
      return words.data;
    },
    removed(messageId) {
      removed.set(messageId, true);
    },
    isAnyRemoved: (messageIds) => messageIds.some((id) => removed.has(id)),
    flush: () => writes.settled(),
  };
}
