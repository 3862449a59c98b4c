import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { SwitchboardError, UnreadableRecordError } from '../errors.ts';
import { untilAborted } from '../lib/abort.ts';
import { KeyedOrder } from '../lib/keyed-order.ts';
import { encodeKey } from '../storage/key-codec.ts';
import type { KeyValueStore } from '../storage/ports.ts';
import { refuseNewerRecord } from '../storage/record-version.ts';
import { audienceSchema, isWithinAudience } from './audience.ts';
import type { Fact, FactMemory } from './ports.ts';

export interface FactMemoryOptions {
  /** No other process writes here. */
  readonly store: KeyValueStore;
  readonly limits?: Partial<FactLimits>;
  /** epoch ms */
  readonly now?: () => number;
}

export interface FactLimits {
  readonly maxFactsPerUser: number;
  /** Of a fact's text, as JavaScript counts them. */
  readonly maxCharacters: number;
}

export const DEFAULT_FACT_LIMITS: FactLimits = { maxFactsPerUser: 200, maxCharacters: 500 };

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** Also in the record's key; kept inside so that one under a wrong key is not used. */
  userId: z.string(),
  facts: z.array(
    z.strictObject({ id: z.string(), text: z.string(), audience: audienceSchema, at: z.number() }),
  ),
});

/** Facts in a store, one record for each person. Nothing is written after a read that failed. */
export function createFactMemory({ store, limits, now = Date.now }: FactMemoryOptions): FactMemory {
  const { maxFactsPerUser, maxCharacters } = { ...DEFAULT_FACT_LIMITS, ...limits };
  const order = new KeyedOrder();

  async function read(userId: string, signal: AbortSignal | undefined): Promise<readonly Fact[]> {
    const stored = await store.get(toKey(userId), signal);
    return stored === undefined ? [] : parseFacts(userId, stored);
  }

  async function write(
    userId: string,
    facts: readonly Fact[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (facts.length === 0) {
      await store.delete(toKey(userId), signal);
      return;
    }
    const record = recordSchema.parse({ version: 1, userId, facts });
    await store.set(toKey(userId), record, signal ? { signal } : {});
  }

  /** Whoever wants everything forgotten need not have it read: undefined where it could not be, and is gone. */
  async function readUnlessForgotten(
    userId: string,
    factId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<readonly Fact[] | undefined> {
    try {
      return await read(userId, signal);
    } catch (error) {
      if (factId !== undefined || !(error instanceof UnreadableRecordError)) throw error;
      await store.delete(toKey(userId), signal);
      return undefined;
    }
  }

  return {
    async recall(userId, audience, signal) {
      const facts = await read(userId, signal);
      return facts.filter((fact) => isWithinAudience(fact.audience, audience));
    },
    list: (userId, signal) => read(userId, signal),
    async remember(userId, { text, audience }, signal) {
      if (text.length > maxCharacters) throw tooLong(maxCharacters);
      const remembered = order.run(
        userId,
        async () => {
          const facts = await read(userId, signal);
          const known = facts.find(
            (fact) => fact.text === text && isDeepStrictEqual(fact.audience, audience),
          );
          if (known) return known;
          if (facts.length >= maxFactsPerUser) throw tooMany(maxFactsPerUser);
          const fact: Fact = { id: randomUUID(), text, audience, at: now() };
          await write(userId, [...facts, fact], signal);
          return fact;
        },
        { signal },
      );
      return untilAborted(remembered, signal);
    },
    async forget(userId, factId, signal) {
      const forgotten = order.run(
        userId,
        async () => {
          const facts = await readUnlessForgotten(userId, factId, signal);
          if (!facts) return 1;
          const kept = factId === undefined ? [] : facts.filter(({ id }) => id !== factId);
          if (kept.length < facts.length) await write(userId, kept, signal);
          return facts.length - kept.length;
        },
        { signal },
      );
      return untilAborted(forgotten, signal);
    },
  };
}

function toKey(userId: string): string {
  return encodeKey(['user', userId]);
}

/** Throws UnreadableRecordError where it is not the record of that person. */
export function parseFacts(userId: string, stored: unknown): readonly Fact[] {
  try {
    refuseNewerRecord(stored, 1);
    const record = recordSchema.parse(stored);
    if (record.userId !== userId) throw new Error('The record is of another person');
    return record.facts;
  } catch (error) {
    throw new UnreadableRecordError("the record of a person's facts is not readable", error);
  }
}

function tooLong(maxCharacters: number): SwitchboardError {
  return new SwitchboardError('fact-too-long', `A fact may have at most ${maxCharacters} characters.`, {
    context: { maxCharacters },
  });
}

function tooMany(maxFactsPerUser: number): SwitchboardError {
  return new SwitchboardError(
    'too-many-facts',
    `${maxFactsPerUser} facts are kept for each person; one must be forgotten first.`,
    { context: { maxFactsPerUser } },
  );
}
