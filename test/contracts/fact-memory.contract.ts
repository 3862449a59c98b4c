import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import type { Audience } from '../../src/memory/audience.ts';
import type { FactMemory } from '../../src/memory/ports.ts';
import type { KeyValueStore, Storage } from '../../src/storage/ports.ts';

export interface FactMemorySubject {
  readonly open: () => Promise<Storage>;
  readonly create: (store: KeyValueStore) => FactMemory;
}

export const dmOfAda: Audience = { kind: 'private', userId: 'ada' };
const general: Audience = { kind: 'channel', guildId: 'g', channelId: 'general', everyone: true };
const staff: Audience = { kind: 'channel', guildId: 'g', channelId: 'staff', everyone: false };
const elsewhere: Audience = { kind: 'channel', guildId: 'h', channelId: 'general', everyone: true };

/** What every fact memory must do, over whatever store. */
export function testFactMemory(name: string, { open, create }: FactMemorySubject): void {
  describe(`facts in ${name}`, () => {
    let storage: Storage;
    let store: KeyValueStore;
    let facts: FactMemory;
    let tests = 0;

    beforeAll(async () => {
      storage = await open();
    });
    beforeEach(() => {
      tests += 1;
      store = storage.namespace('x'.repeat(tests));
      facts = create(store);
    });
    afterAll(async () => {
      await storage.close();
    });

    const recalled = async (userId: string, audience: Audience): Promise<string[]> =>
      (await create(store).recall(userId, audience)).map(({ text }) => text);

    test('knows nothing at first', async () => {
      expect(await facts.list('ada')).toEqual([]);
      expect(await facts.recall('ada', dmOfAda)).toEqual([]);
      expect(await facts.forget('ada')).toBe(0);
      expect(await facts.forget('ada', 'no such fact')).toBe(0);
    });

    test('keeps what was acknowledged', async () => {
      const before = Date.now();
      const fact = await facts.remember('ada', { text: 'likes tea', audience: general });
      expect(fact).toMatchObject({ text: 'likes tea', audience: general });
      expect(fact.at).toBeGreaterThanOrEqual(before);
      expect(await create(store).list('ada')).toEqual([fact]);
    });

    test('FAULTS 37: a fact is used only where everyone could have seen it said', async () => {
      await facts.remember('ada', { text: 'secret', audience: dmOfAda });
      await facts.remember('ada', { text: 'staff only', audience: staff });
      await facts.remember('ada', { text: 'public', audience: general });
      expect(await recalled('ada', dmOfAda)).toEqual(['secret', 'staff only', 'public']);
      expect(await recalled('ada', staff)).toEqual(['staff only', 'public']);
      expect(await recalled('ada', general)).toEqual(['public']);
      expect(await recalled('ada', elsewhere)).toEqual([]);
      expect(await recalled('bob', general)).toEqual([]);
      expect((await facts.list('ada')).map(({ text }) => text)).toEqual(['secret', 'staff only', 'public']);
    });

    test('keeps one of facts that say the same before the same people', async () => {
      const [first, second] = await Promise.all([
        facts.remember('ada', { text: 'likes tea', audience: { ...general } }),
        facts.remember('ada', { text: 'likes tea', audience: { ...general } }),
      ]);
      expect(second).toEqual(first);
      await facts.remember('ada', { text: 'likes tea', audience: dmOfAda });
      expect(await facts.list('ada')).toHaveLength(2);
    });

    test('loses none of many remembered at once', async () => {
      const texts = Array.from({ length: 40 }, (_, index) => `fact ${index}`);
      await Promise.all(texts.map((text) => facts.remember('ada', { text, audience: general })));
      expect(await recalled('ada', general)).toEqual(texts);
    });

    test('refuses what is over the caps', async () => {
      await expect(facts.remember('ada', { text: 'x'.repeat(501), audience: general })).rejects.toMatchObject(
        { code: 'fact-too-long' },
      );
      const texts = Array.from(
        { length: 200 },
        (_, index) => 'x'.repeat(497) + String(index).padStart(3, '0'),
      );
      await Promise.all(texts.map((text) => facts.remember('ada', { text, audience: general })));
      await expect(facts.remember('ada', { text: 'more', audience: general })).rejects.toMatchObject({
        code: 'too-many-facts',
      });
      await facts.remember('bob', { text: 'more', audience: general });
      expect(await facts.list('ada')).toHaveLength(200);
    });

    test('forgets one fact, or all of a person, and leaves nothing behind', async () => {
      const tea = await facts.remember('ada', { text: 'tea', audience: general });
      await facts.remember('ada', { text: 'coffee', audience: general });
      await facts.remember('bob', { text: 'milk', audience: general });
      expect(await facts.forget('ada', tea.id)).toBe(1);
      expect(await recalled('ada', general)).toEqual(['coffee']);
      expect(await facts.forget('ada')).toBe(1);
      expect(await recalled('ada', general)).toEqual([]);
      expect(await store.get('user/ada')).toBeUndefined();
      expect(await recalled('bob', general)).toEqual(['milk']);
    });

    test('FAULTS 28: a record that is not readable is unavailable and is not overwritten', async () => {
      for (const record of [
        { version: 2, userId: 'ada', facts: [] },
        [],
        null,
        { version: 1, userId: 'ada' },
      ]) {
        await store.set('user/ada', record);
        await expect(facts.list('ada')).rejects.toThrow(StoreUnavailableError);
        await expect(facts.recall('ada', general)).rejects.toThrow(StoreUnavailableError);
        await expect(facts.remember('ada', { text: 'x', audience: general })).rejects.toThrow(
          StoreUnavailableError,
        );
        await expect(facts.forget('ada', 'x')).rejects.toThrow(StoreUnavailableError);
        expect(await store.get('user/ada')).toEqual(record);
        // Whoever wants all of it gone need not wait until somebody can read it.
        expect(await facts.forget('ada')).toBe(1);
        expect(await facts.list('ada')).toEqual([]);
      }
    });

    test('FAULTS 37: a record under the key of another person is not used', async () => {
      await facts.remember('ada', { text: 'secret', audience: dmOfAda });
      await store.set('user/bob', await store.get('user/ada'));
      await expect(facts.list('bob')).rejects.toThrow(StoreUnavailableError);
    });

    test('does nothing for a caller that has aborted', async () => {
      const reason = new Error('stopped');
      const signal = AbortSignal.abort(reason);
      await expect(facts.remember('ada', { text: 'x', audience: general }, signal)).rejects.toBe(reason);
      await expect(facts.recall('ada', general, signal)).rejects.toBe(reason);
      await expect(facts.forget('ada', undefined, signal)).rejects.toBe(reason);
      expect(await facts.list('ada')).toEqual([]);
    });
  });
}
