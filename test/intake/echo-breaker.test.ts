import { expect, test } from 'vitest';
import { createEchoBreaker } from '../../src/intake/echo-breaker.ts';

function createScene() {
  let now = 0;
  const breaker = createEchoBreaker({ echoMs: 1_000, maxEchoes: 3, now: () => now });
  const wait = (ms: number): void => {
    now += ms;
  };
  /** The bot speaks, and `ms` later the person asks. */
  const exchange = (ms: number, userId = '100', channelId = '10'): boolean => {
    breaker.spoke(channelId, userId);
    wait(ms);
    return breaker.allows(channelId, userId);
  };
  return { breaker, exchange, wait };
}

test('FAULTS 18: instant answers to each of the answers are cut', () => {
  const { exchange } = createScene();
  expect([exchange(10), exchange(10), exchange(10), exchange(10)]).toEqual([true, true, false, false]);
});

test('FAULTS 18: only that person in that channel is cut, and only until a pause', () => {
  const { breaker, exchange, wait } = createScene();
  for (let turn = 0; turn < 5; turn += 1) exchange(10);
  expect(exchange(10, '101')).toBe(true);
  expect(exchange(10, '100', '11')).toBe(true);
  wait(1_000);
  expect(breaker.allows('10', '100')).toBe(true);
});

test('a person at reading speed is never cut', () => {
  const { exchange } = createScene();
  const turns = Array.from({ length: 50 }, () => exchange(1_500));
  expect(turns).not.toContain(false);
});

test('many questions at once after one answer count once', () => {
  const { breaker } = createScene();
  breaker.spoke('10', '100');
  const burst = Array.from({ length: 20 }, () => breaker.allows('10', '100'));
  expect(burst).not.toContain(false);
});
