import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import type { KeyValueStore, Storage } from '../../src/storage/ports.ts';

/** What every store must do. `open` gives an empty one; closing it is left to the contract. */
export function testKeyValueStore(name: string, open: () => Promise<Storage>): void {
  describe(`a store in ${name}`, () => {
    let storage: Storage;
    let store: KeyValueStore;

    let tests = 0;

    beforeAll(async () => {
      storage = await open();
    });
    beforeEach(() => {
      tests += 1;
      store = storage.namespace('x'.repeat(tests));
    });
    afterAll(async () => {
      await storage.close();
    });

    test('answers undefined for what was never stored', async () => {
      expect(await store.get('nothing')).toBeUndefined();
      expect(await store.delete('nothing')).toBe(false);
    });

    test.each([
      ['an object', { a: [1, { b: null }], text: 'ü🔥\n' }],
      ['null', null],
      ['false', false],
      ['zero', 0],
      ['an empty text', ''],
      ['a text that begins with a colon', ':bigint:1'],
      ['a large text', 'x'.repeat(2_000_000)],
    ])('gives back %s', async (_, value) => {
      await store.set('key', value);
      expect(await store.get('key')).toEqual(value);
    });

    test('gives back a copy', async () => {
      const value = { list: [1] };
      await store.set('key', value);
      value.list.push(2);
      const read = (await store.get('key')) as typeof value;
      read.list.push(3);
      expect(await store.get('key')).toEqual({ list: [1] });
    });

    test('overwrites and deletes', async () => {
      await store.set('key', 1);
      await store.set('key', 2);
      expect(await store.get('key')).toBe(2);
      expect(await store.delete('key')).toBe(true);
      expect(await store.get('key')).toBeUndefined();
    });

    test('keeps the order of calls on one key', async () => {
      const calls = Array.from({ length: 20 }, (_, index) => store.set('key', index));
      const read = store.get('key');
      const deleted = store.delete('key');
      const last = store.set('key', 'last');
      await Promise.all([...calls, last]);
      expect(await read).toBe(19);
      expect(await deleted).toBe(true);
      expect(await store.get('key')).toBe('last');
    });

    test('takes many writers at once', async () => {
      const keys = Array.from({ length: 300 }, (_, index) => `key${index}`);
      await Promise.all(keys.map((key) => store.set(key, key)));
      expect(await Promise.all(keys.map((key) => store.get(key)))).toEqual(keys);
    });

    test('forgets an entry when its time is over, and only then', async () => {
      await store.set('brief', 1, { ttlMs: 30 });
      await store.set('long', 2, { ttlMs: 60_000 });
      await store.set('renewed', 3, { ttlMs: 30 });
      await store.set('renewed', 3);
      await sleep(60);
      expect(await store.get('brief')).toBeUndefined();
      expect(await store.get('long')).toBe(2);
      expect(await store.get('renewed')).toBe(3);
    });

    test('keeps namespaces apart', async () => {
      await storage.namespace('things').set('key', 1);
      expect(await storage.namespace('others').get('key')).toBeUndefined();
      expect(await storage.namespace('things').get('key')).toBe(1);
      expect(() => storage.namespace('a::b')).toThrow(RangeError);
    });

    test('keeps keys apart, whatever is in them', async () => {
      const part = fc.string({ unit: 'binary', maxLength: 4 });
      const keys = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 3 }).map(encodeKey), {
        minLength: 2,
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(keys, async (list) => {
          await Promise.all(list.map((key) => store.set(key, key)));
          expect(await Promise.all(list.map((key) => store.get(key)))).toEqual(list);
          await Promise.all(list.map((key) => store.delete(key)));
        }),
        { numRuns: 50 },
      );
    });

    test('refuses what it could not give back', async () => {
      await expect(store.set('key', undefined)).rejects.toThrow(TypeError);
      await expect(store.set('', 1)).rejects.toThrow(RangeError);
      await expect(store.get('')).rejects.toThrow(RangeError);
    });

    test('stops waiting when the caller aborts', async () => {
      const reason = new Error('stopped');
      await expect(store.get('key', AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(store.set('key', 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(await store.get('key')).toBeUndefined();
      const controller = new AbortController();
      const read = store.get('key', controller.signal);
      controller.abort(reason);
      await expect(read).rejects.toBe(reason);
    });

    test('is reachable until it is closed, and unavailable afterwards', async () => {
      await storage.ping();
      const written = store.set('key', 1);
      await storage.close();
      await written;
      await expect(storage.ping()).rejects.toThrow(StoreUnavailableError);
      await expect(store.get('key')).rejects.toThrow(StoreUnavailableError);
      await expect(store.set('key', 1)).rejects.toThrow(StoreUnavailableError);
      await expect(store.delete('key')).rejects.toThrow(StoreUnavailableError);
    });
  });
}
