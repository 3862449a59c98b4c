import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { SwitchboardError, UnreadableRecordError } from '../errors.ts';
import { untilAborted } from '../lib/abort.ts';
import { KeyedOrder } from '../lib/keyed-order.ts';
import { encodeKey } from '../storage/key-codec.ts';
import type { KeyValueStore } from '../storage/ports.ts';
import { refuseNewerRecord } from '../storage/record-version.ts';
import { isWithinAudience } from './audience.ts';
import { factSchema, type Fact, type FactMemory } from './ports.ts';

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
  facts: z.array(factSchema).readonly(),
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

  /** Each person's calls in their order, since they change what was read. */
  function inTurn<T>(userId: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return untilAborted(order.run(userId, work, { signal }), signal);
  }

  /** Whoever wants everything forgotten need not have it read: what cannot be read counts as one fact. */
  async function forgetAll(userId: string, signal: AbortSignal | undefined): Promise<number> {
    try {
      const facts = await read(userId, signal);
      if (facts.length > 0) await write(userId, [], signal);
      return facts.length;
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      await store.delete(toKey(userId), signal);
      return 1;
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
      return inTurn(userId, signal, async () => {
        const facts = await read(userId, signal);
        const known = facts.find((fact) => fact.text === text && isDeepStrictEqual(fact.audience, audience));
        if (known) return known;
        if (facts.length >= maxFactsPerUser) throw tooMany(maxFactsPerUser);
        const fact: Fact = { id: randomUUID(), text, audience, at: now() };
        await write(userId, [...facts, fact], signal);
        return fact;
      });
    },
    forget: (userId, factId, signal) =>
      inTurn(userId, signal, async () => {
        if (factId === undefined) return forgetAll(userId, signal);
        const facts = await read(userId, signal);
        const kept = facts.filter(({ id }) => id !== factId);
        if (kept.length < facts.length) await write(userId, kept, signal);
        return facts.length - kept.length;
      }),
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
