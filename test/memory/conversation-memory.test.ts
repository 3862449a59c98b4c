import { expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import {
  createConversationMemory,
  type ConversationMemoryOptions,
} from '../../src/memory/conversation-memory.ts';
import { toTurn } from '../contracts/conversation-memory.contract.ts';
import { ScriptedStore } from './scripted-store.ts';

const quickRetry = { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 2 };

function create(options: Partial<ConversationMemoryOptions> = {}) {
  const store = new ScriptedStore();
  const warn = vi.fn();
  const memory = createConversationMemory({ store, log: { warn }, retry: quickRetry, ...options });
  const load = async (id = 'a') => (await memory.load(id)).map(({ runId }) => runId);
  /** What is in the store, read as after a restart. */
  const stored = async (id = 'a') => {
    const turns = await createConversationMemory({ store, log: { warn } }).load(id);
    return turns.map(({ runId }) => runId);
  };
  return { store, warn, memory, load, stored };
}

test('many turns while a write is under way become one write', async () => {
  const { store, memory, stored } = create();
  const release = store.hold('set');
  const first = memory.append('a', toTurn('0', 0));
  await vi.waitFor(() => {
    expect(store.calls.set).toBe(1);
  });
  const others = Array.from({ length: 50 }, (_, index) =>
    memory.append('a', toTurn(`${index + 1}`, index + 1)),
  );
  release();
  await Promise.all([first, ...others]);
  expect(store.calls.set).toBe(2);
  expect(await stored()).toHaveLength(51);
});

test('a slow store does not keep a turn from being seen', async () => {
  const { store, memory, load } = create();
  await memory.append('a', toTurn('1', 1));
  const release = store.hold('set');
  const appended = memory.append('a', toTurn('2', 2));
  expect(await load()).toEqual(['1', '2']);
  release();
  await appended;
});

test('FAULTS 19: a write that fails is tried again', async () => {
  const { store, warn, memory, stored } = create();
  store.failures.set = 2;
  await memory.append('a', toTurn('1', 1));
  expect(store.calls.set).toBe(3);
  expect(await stored()).toEqual(['1']);
  expect(warn).not.toHaveBeenCalled();
});

test('FAULTS 19: a write given up rejects, is logged, and what was stored stands', async () => {
  const { store, warn, memory, load, stored } = create();
  await memory.append('a', toTurn('1', 1));
  store.failures.set = 3;
  await expect(memory.append('a', toTurn('2', 2))).rejects.toThrow(StoreUnavailableError);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(await load()).toEqual(['1']);
  await memory.append('a', toTurn('3', 3));
  expect(await stored()).toEqual(['1', '3']);
});

test('FAULTS 28: no turn is lost to reads that fail for a while', async () => {
  const { store, memory, stored } = create();
  await memory.append('a', toTurn('1', 1));
  const later = createConversationMemory({ store, log: { warn: vi.fn() }, retry: quickRetry });
  store.failures.get = 3;
  await expect(later.load('a')).rejects.toThrow(StoreUnavailableError);
  await Promise.all([later.append('a', toTurn('2', 2)), later.append('a', toTurn('3', 3))]);
  expect(await stored()).toEqual(['1', '2', '3']);
});

test('FAULTS 28: nothing is written after a failed read', async () => {
  const { store, memory, stored } = create();
  await memory.append('a', toTurn('1', 1));
  const later = createConversationMemory({ store, log: { warn: vi.fn() }, retry: quickRetry });
  store.failures.get = 3;
  await expect(later.append('a', toTurn('2', 2))).rejects.toThrow(StoreUnavailableError);
  expect(store.calls.set).toBe(1);
  await later.append('a', toTurn('3', 3));
  expect(await stored()).toEqual(['1', '3']);
});

test('FAULTS 28: a write whose answer was lost is not taken twice', async () => {
  const { store, memory, stored } = create();
  store.failsAfterEffect = true;
  store.failures.set = 3;
  await expect(memory.append('a', toTurn('1', 1))).rejects.toThrow(StoreUnavailableError);
  await memory.append('a', toTurn('1', 1));
  expect(await stored()).toEqual(['1']);
});

test('a reset holds against a read that was under way', async () => {
  const { store, memory, stored } = create();
  await memory.append('a', toTurn('1', 1));
  const later = createConversationMemory({ store, log: { warn: vi.fn() }, retry: quickRetry });
  const release = store.hold('get');
  const calls = [
    later.load('a'),
    later.append('a', toTurn('2', 2)),
    later.reset('a', 3),
    later.append('a', toTurn('4', 4)),
  ];
  expect((await later.load('a')).map(({ runId }) => runId)).toEqual(['4']);
  release();
  await Promise.all(calls);
  expect((await later.load('a')).map(({ runId }) => runId)).toEqual(['4']);
  expect(await stored()).toEqual(['4']);
});

test('a reset holds against a write that was under way', async () => {
  const { store, memory, load, stored } = create();
  const release = store.hold('set');
  const appended = memory.append('a', toTurn('1', 1));
  await vi.waitFor(() => {
    expect(store.calls.set).toBe(1);
  });
  const reset = memory.reset('a', 2);
  release();
  await Promise.all([appended, reset]);
  expect(await load()).toEqual([]);
  expect(await stored()).toEqual([]);
});

test('a reset needs no readable record', async () => {
  const { store, memory, stored } = create();
  store.entries.set('a', '"what is this?"');
  await expect(memory.load('a')).rejects.toThrow(StoreUnavailableError);
  await memory.reset('a', 1);
  expect(await stored()).toEqual([]);
});

test('what bars a reset conversation from coming back is itself forgotten in time', async () => {
  const { store, memory } = create();
  await memory.append('a', toTurn('1', 1));
  expect(store.ttls.get('a')).toBeUndefined();
  await memory.reset('a', 2);
  expect(store.ttls.get('a')).toBe(30 * 24 * 3_600_000);
  await memory.append('a', toTurn('3', 3));
  expect(store.ttls.get('a')).toBeUndefined();
});

test('FAULTS 30: the oldest whole turns go first, by number and by size', async () => {
  const { memory, load, stored } = create({ limits: { maxTurns: 3, maxBytes: 1_000 } });
  for (let at = 1; at <= 5; at += 1) await memory.append('a', toTurn(`${at}`, at));
  expect(await load()).toEqual(['3', '4', '5']);
  await memory.append('a', toTurn('6', 6, 'x'.repeat(350)));
  expect(await load()).toEqual(['5', '6']);
  expect(await stored()).toEqual(['5', '6']);
});

test('a recently used conversation is not read again, and is forgotten after its time', async () => {
  const { store, memory } = create({ limits: { cacheTtlMs: 50 } });
  await memory.append('a', toTurn('1', 1));
  await memory.load('a');
  await memory.load('a');
  expect(store.calls.get).toBe(1);
  await sleep(80);
  await memory.load('a');
  expect(store.calls.get).toBe(2);
});

test('FAULTS 30: the least recently used go first, but never what is not written yet', async () => {
  const { store, memory, load } = create({ limits: { maxCachedBytes: 3_000 } });
  const release = store.hold('set');
  const ids = Array.from({ length: 20 }, (_, index) => `c${index}`);
  const appended = ids.map((id, index) => memory.append(id, toTurn(id, index)));
  await vi.waitFor(() => {
    expect(store.calls.set).toBe(20);
  });
  for (const id of ids) expect(await load(id)).toEqual([id]);
  expect(store.calls.get).toBe(20);
  release();
  await Promise.all(appended);
  for (const id of [...ids].reverse()) expect(await load(id)).toEqual([id]);
  expect(store.calls.get).toBeGreaterThan(30);
});

test('FAULTS 30: turns are refused while too much waits for the store', async () => {
  const { store, memory } = create({ limits: { maxWaitingBytes: 1_000 } });
  const release = store.hold('get');
  const first = memory.append('a', toTurn('1', 1, 'x'.repeat(200)));
  const text = 'x'.repeat(500);
  await expect(memory.append('b', toTurn('2', 2, text))).rejects.toThrow(StoreUnavailableError);
  release();
  await first;
  await memory.append('b', toTurn('3', 3, 'short'));
});

test('FAULTS 27: a flush does not sit out the pauses between retries', async () => {
  const { store, memory, stored } = create({ retry: { minDelayMs: 60_000, maxDelayMs: 60_000 } });
  store.failures.set = 1;
  const appended = memory.append('a', toTurn('1', 1));
  await vi.waitFor(() => {
    expect(store.calls.set).toBe(1);
  });
  await memory.flush();
  await appended;
  expect(await stored()).toEqual(['1']);
});

test('FAULTS 27: a flush over a store that stays down ends soon', async () => {
  const { store, memory } = create({ retry: { maxAttempts: 1_000, minDelayMs: 60_000, maxDelayMs: 60_000 } });
  store.failures.set = Infinity;
  const appended = expect(memory.append('a', toTurn('1', 1))).rejects.toThrow(StoreUnavailableError);
  await memory.flush();
  await appended;
  expect(store.calls.set).toBeLessThan(5);
});

test('FAULTS 9: two processes on one store for a while: neither writes over what the other wrote', async () => {
  const { store, warn, memory, stored } = create();
  const other = createConversationMemory({ store, log: { warn }, retry: quickRetry });
  await memory.append('a', toTurn('1', 1));
  await other.append('a', toTurn('2', 2));
  await memory.append('a', toTurn('3', 3));
  expect(await stored()).toEqual(['1', '2', '3']);
  expect((await memory.load('a')).map(({ runId }) => runId)).toEqual(['1', '2', '3']);
  await other.removeTurn('a', '1', 1);
  await memory.append('a', toTurn('4', 4));
  expect(await stored()).toEqual(['2', '3', '4']);
  await other.reset('a', 4);
  await Promise.all(['5', '6'].map((id) => memory.append('a', toTurn(id, Number(id)))));
  expect(await stored()).toEqual(['5', '6']);
  // While the store cannot be read, nothing is written over it.
  store.failures.get = 1;
  await other.append('a', toTurn('7', 7));
  expect(await stored()).toEqual(['5', '6', '7']);
});

test('FAULTS 9: a reset takes away what another process wrote as well', async () => {
  const { store, warn, memory, stored } = create();
  const other = createConversationMemory({ store, log: { warn }, retry: quickRetry });
  await memory.append('a', toTurn('1', 1));
  await other.append('a', toTurn('2', 2));
  store.failures.set = 1;
  await Promise.all([memory.reset('a', 2), memory.append('a', toTurn('3', 3))]);
  expect(await stored()).toEqual(['3']);
});
