import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHeard } from '../../../src/discord/catch-up/heard.ts';
import { createGaps } from '../../../src/runs/gaps.ts';
import type { KeyValueStore } from '../../../src/storage/ports.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createStore } from './missed-scene.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const id = (seconds: number): string => String(BigInt(1_000_000 + seconds * 1_000) << 22n);

/** A connection whose heartbeats are acknowledged when the test says so. */
function createScene(given?: { readonly store: KeyValueStore }) {
  const { store, written } = createStore();
  const shard = { isConnected: true, acknowledgedAt: performance.now() };
  const gaps = createGaps();
  const heard = createHeard({
    store: given?.store ?? store,
    gaps,
    shards: () => [
      { isConnected: shard.isConnected, heartbeatAgeMs: performance.now() - shard.acknowledgedAt },
    ],
    log: recordLog().log,
    intervalMs: 30_000,
    disorderMs: 3_000,
  });
  const pass = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
  };
  const beat = (): void => {
    shard.acknowledgedAt = performance.now();
  };
  return { heard, gaps, shard, written, pass, beat };
}

test('what was heard counts when the connection was alive after it, and costs one write for all of it', async () => {
  const { heard, written, pass, beat } = createScene();
  for (const seconds of [1, 3, 2]) heard.hear(id(seconds));
  await pass(60_000);
  expect(written(), 'nothing says yet that the connection still stood').toBeUndefined();
  beat();
  await pass(30_000);
  expect(written()).toBe(id(3));
  expect(vi.getTimerCount(), 'nothing is said, nothing is done').toBe(0);
  expect(await heard.until()).toBe(id(3));
});

test('it waits before a message whose fate is open, and while something may be missing', async () => {
  const { heard, gaps, written, pass, beat } = createScene();
  const gap = gaps.open();
  heard.hear(id(1));
  await pass(30_001);
  beat();
  await pass(30_000);
  expect(written()).toBeUndefined();
  gap.narrow([]);
  const settle = gaps.hold('10', id(1));
  await pass(30_000);
  expect(written()).toBe(String(BigInt(id(1)) - 1n));
  settle();
  await pass(30_000);
  expect(written()).toBe(id(1));
});

test('at the end all that was heard is told, but for the last moment; not where a connection is lost', async () => {
  const one = createScene();
  one.heard.hear(id(10));
  await one.heard.stop();
  expect(one.written()).toBe(id(7));
  one.heard.hear(id(20));
  await one.pass(120_000);
  expect(one.written()).toBe(id(7));

  const other = createScene();
  other.heard.hear(id(10));
  other.shard.isConnected = false;
  await other.heard.stop();
  expect(other.written()).toBeUndefined();
});

test('the first time, it is told at once from where the bot listens, and never again', async () => {
  const { heard, written } = createScene();
  await heard.begin(id(4));
  expect(written()).toBe(id(4));
  await heard.begin(id(9));
  expect(written()).toBe(id(4));
});

test('FAULTS 28: a store that is away is asked again, and nothing is taken for never listened before', async () => {
  let isAway = true;
  const { store, written } = createStore(id(5));
  const away = (): Promise<never> => Promise.reject(new Error('away'));
  const { heard, pass, beat } = createScene({
    store: {
      ...store,
      get: (key) => (isAway ? away() : store.get(key)),
      set: (key, value) => (isAway ? away() : store.set(key, value)),
    },
  });
  await expect(heard.until()).rejects.toThrow('away');
  heard.hear(id(9));
  await pass(30_000);
  beat();
  await pass(30_000);
  isAway = false;
  expect(await heard.until()).toBe(id(5));
  heard.hear(id(10));
  beat();
  await pass(30_000);
  beat();
  await pass(30_000);
  beat();
  await pass(30_000);
  expect(written()).toBe(id(10));
});
