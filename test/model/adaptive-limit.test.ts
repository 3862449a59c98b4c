import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ModelError } from '../../src/errors.ts';
import { createAdaptiveLimit, type AdaptiveLimit, type Permit } from '../../src/model/adaptive-limit.ts';
import { ANSWERED, CANCELLED, type CallEnd } from '../../src/model/model-error.ts';
import { never } from './scripted-calls.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function failed(kind: 'rate-limited' | 'unavailable' | 'rejected', retryAfterMs?: number): CallEnd {
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: 'failed', error: new ModelError(kind, 'no', options) };
}

async function fill(limit: AdaptiveLimit): Promise<Permit[]> {
  const permits: Permit[] = [];
  for (let count = limit.limit - limit.active; count > 0; count -= 1)
    permits.push(await limit.acquire(never));
  return permits;
}

describe('adaptive limit', () => {
  test('bounds the calls; who waits is served in order, and leaves when aborted', async () => {
    const limit = createAdaptiveLimit({ maxConcurrentCalls: 2 });
    const [first] = await fill(limit);
    const order: string[] = [];
    const abort = new AbortController();
    const wait = (name: string, signal = never): Promise<Permit> =>
      limit.acquire(signal).then((permit) => {
        order.push(name);
        return permit;
      });
    const second = wait('second');
    const gone = wait('gone', abort.signal);
    const third = wait('third');
    expect([limit.active, limit.waiting]).toEqual([2, 3]);
    abort.abort(new Error('stopped'));
    await expect(gone).rejects.toThrow('stopped');
    first?.release(ANSWERED);
    first?.release(ANSWERED);
    (await second).release(CANCELLED);
    await third;
    expect(order).toEqual(['second', 'third']);
    expect([limit.active, limit.waiting]).toEqual([2, 0]);
    await expect(limit.acquire(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    expect(limit.waiting).toBe(0);
  });

  test.each(['rate-limited', 'unavailable'] as const)(
    'FAULTS 14: %s halves the limit, once per round trip and never below one',
    async (kind) => {
      const limit = createAdaptiveLimit({ maxConcurrentCalls: 16 });
      const burst = await fill(limit);
      for (const permit of burst.slice(0, 8)) permit.release(failed(kind));
      expect(limit.limit).toBe(8);
      // The rest of the same burst says nothing new.
      for (const permit of burst.slice(8)) permit.release(failed(kind));
      expect(limit.limit).toBe(8);
      for (const expected of [4, 2, 1, 1, 1]) {
        (await limit.acquire(never)).release(failed(kind));
        expect(limit.limit).toBe(expected);
      }
    },
  );

  test('answers raise it again, step by step, up to the maximum', async () => {
    const limit = createAdaptiveLimit({ maxConcurrentCalls: 8 });
    for (let count = 0; count < 3; count += 1) (await limit.acquire(never)).release(failed('unavailable'));
    expect(limit.limit).toBe(1);
    const reached: number[] = [];
    for (let roundTrip = 0; roundTrip < 10; roundTrip += 1) {
      for (const permit of await fill(limit)) permit.release(ANSWERED);
      reached.push(limit.limit);
    }
    expect(reached[0]).toBe(2);
    expect(reached).toEqual(reached.toSorted((left, right) => left - right));
    expect(reached.at(-1)).toBe(8);
  });

  test('an error that is no overload, and a cancelled call, leave it as it is', async () => {
    const limit = createAdaptiveLimit({ maxConcurrentCalls: 4 });
    (await limit.acquire(never)).release(failed('rejected'));
    (await limit.acquire(never)).release(CANCELLED);
    expect(limit.limit).toBe(4);
  });

  test('FAULTS 14: Retry-After holds back new calls of everybody', async () => {
    const limit = createAdaptiveLimit({ maxConcurrentCalls: 4 });
    (await limit.acquire(never)).release(failed('rate-limited', 5_000));
    let served = 0;
    const waiting = [1, 2].map(async () => {
      await limit.acquire(never);
      served += 1;
    });
    await vi.advanceTimersByTimeAsync(4_990);
    expect(served).toBe(0);
    await vi.advanceTimersByTimeAsync(20);
    await Promise.all(waiting);
    expect(served).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a pause leaves no timer behind when all who waited have left', async () => {
    const limit = createAdaptiveLimit({ maxConcurrentCalls: 4 });
    (await limit.acquire(never)).release(failed('rate-limited', 5_000));
    const abort = new AbortController();
    const waiting = limit.acquire(abort.signal);
    expect(vi.getTimerCount()).toBe(1);
    abort.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('FAULTS 14: a pause that is too long to wait for fails calls at once, those that wait as well', async () => {
    const limit = createAdaptiveLimit({ maxConcurrentCalls: 1 });
    const [active] = await fill(limit);
    const waiting = limit.acquire(never);
    active?.release(failed('rate-limited', 120_000));
    await expect(waiting).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 120_000 });
    await vi.advanceTimersByTimeAsync(50_000);
    await expect(limit.acquire(never)).rejects.toMatchObject({ retryAfterMs: 70_000 });
    await vi.advanceTimersByTimeAsync(20_000);
    const last = limit.acquire(never);
    await vi.advanceTimersByTimeAsync(50_010);
    await expect(last).resolves.toBeDefined();
  });

  test('gives a permit at once only where one is free, nobody waits and no pause is on', async () => {
    const limit = createAdaptiveLimit({ maxConcurrentCalls: 1 });
    const first = limit.tryAcquire();
    expect(first).toBeDefined();
    expect(limit.tryAcquire()).toBeUndefined();
    const waiting = limit.acquire(never);
    first?.release({ kind: 'answered' });
    expect(limit.tryAcquire()).toBeUndefined();
    (await waiting).release(failed('rate-limited', 5_000));
    expect(limit.tryAcquire()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5_010);
    expect(limit.tryAcquire()).toBeDefined();
  });

  test('refuses a maximum that is none', () => {
    for (const maxConcurrentCalls of [0, 1.5, Number.NaN]) {
      expect(() => createAdaptiveLimit({ maxConcurrentCalls })).toThrow(/at least 1/);
    }
  });
});
