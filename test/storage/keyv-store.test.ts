import { KeyvMemoryAdapter } from 'keyv';
import { expect, test, vi } from 'vitest';
import { StoreUnavailableError, TimeoutError } from '../../src/errors.ts';
import { createKeyvStorage } from '../../src/storage/keyv-storage.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import type { KeyValueStore } from '../../src/storage/ports.ts';
import { StoreGate } from '../../src/storage/store-gate.ts';

type Entries = Map<string, { value: unknown }>;

function openOver(adapter: KeyvMemoryAdapter, timeoutMs = 1_000): KeyValueStore {
  return createKeyvStorage({
    createAdapter: () => adapter,
    runs: createMemoryRunTable(),
    gate: new StoreGate(timeoutMs),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }).namespace('things');
}

test('FAULTS 28: a failing store rejects every call and is never read as empty', async () => {
  const failure = new Error('disk I/O error');
  const adapter = new KeyvMemoryAdapter(new Map());
  for (const method of ['get', 'set', 'delete'] as const)
    vi.spyOn(adapter, method).mockRejectedValue(failure);
  const store = openOver(adapter);
  for (const call of [store.get('key'), store.set('key', 1), store.delete('key')]) {
    await expect(call).rejects.toMatchObject({ code: 'store-unavailable', cause: failure });
  }
});

test('FAULTS 28: a store that reports a refused write by its result rejects', async () => {
  const adapter = new KeyvMemoryAdapter(new Map());
  vi.spyOn(adapter, 'set').mockResolvedValue(false);
  await expect(openOver(adapter).set('key', 1)).rejects.toThrow(StoreUnavailableError);
});

test.each(['not JSON', 'null', '{}', '[]', '"text"', '{"valu'])(
  'FAULTS 28: an entry that reads %s is unavailable, not absent',
  async (text) => {
    const entries: Entries = new Map([['things::key', { value: text }]]);
    const store = openOver(new KeyvMemoryAdapter(entries));
    await expect(store.get('key')).rejects.toThrow(StoreUnavailableError);
    expect(entries.get('things::key')?.value).toBe(text);
  },
);

test('FAULTS 28: a store that hangs costs a call its own deadline and no more', async () => {
  const adapter = new KeyvMemoryAdapter(new Map());
  vi.spyOn(adapter, 'get').mockReturnValue(new Promise(() => undefined));
  vi.spyOn(adapter, 'set').mockReturnValue(new Promise(() => undefined));
  const store = openOver(adapter, 30);
  for (const call of [store.get('key'), store.set('key', 1)]) {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as StoreUnavailableError).cause).toBeInstanceOf(TimeoutError);
  }
});

test('FAULTS 28: a write that ran past its deadline never lands on a later one', async () => {
  const entries: Entries = new Map();
  const adapter = new KeyvMemoryAdapter(entries);
  const stuck = Promise.withResolvers<boolean>();
  const original = adapter.set.bind(adapter);
  const set = vi.spyOn(adapter, 'set').mockImplementationOnce(async (key, value) => {
    await stuck.promise;
    return original(key, value);
  });
  const store = openOver(adapter, 40);
  await expect(store.set('key', 'first')).rejects.toThrow(StoreUnavailableError);
  await expect(store.set('key', 'never sent')).rejects.toThrow(StoreUnavailableError);
  await store.set('another key', 'not held up');
  const later = store.set('key', 'later');
  stuck.resolve(true);
  await later;
  expect(await store.get('key')).toBe('later');
  expect(set.mock.calls.map(([key]) => key)).toEqual(['key', 'another key', 'key']);
});
