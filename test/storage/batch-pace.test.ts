import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BatchPace } from '../../src/storage/call-line.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** When each of so many batches in a row may go, ms from now. */
async function run(pace: BatchPace, batches: number): Promise<number[]> {
  const startedAt = performance.now();
  const times: number[] = [];
  const all = (async () => {
    for (let batch = 0; batch < batches; batch += 1) {
      await pace.wait();
      times.push(Math.round(performance.now() - startedAt));
    }
  })();
  await vi.advanceTimersByTimeAsync(1_000);
  await all;
  return times;
}

test('a few batches go at once, those that follow keep their distance', async () => {
  expect(await run(new BatchPace(10), 8)).toEqual([0, 0, 0, 0, 0, 10, 20, 30]);
});

test('after a rest the next few go at once again, and no more than those', async () => {
  const pace = new BatchPace(10);
  await run(pace, 20);
  expect(await run(pace, 7)).toEqual([0, 0, 0, 0, 0, 10, 20]);
});

test('a wait that is hurried ends at once', async () => {
  const pace = new BatchPace(60_000);
  for (let batch = 0; batch < 5; batch += 1) await pace.wait();
  const startedAt = performance.now();
  const waiting = pace.wait();
  pace.hurry();
  await waiting;
  expect(performance.now() - startedAt).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('one that is hurried beforehand does not wait, and the one after it does', async () => {
  const pace = new BatchPace(10);
  for (let batch = 0; batch < 5; batch += 1) await pace.wait();
  pace.hurry();
  expect(await run(pace, 2)).toEqual([0, 10]);
});
