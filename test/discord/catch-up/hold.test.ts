import { expect, test, vi } from 'vitest';
import { Hold } from '../../../src/discord/catch-up/hold.ts';

function start({ maxHeld = 100, maxHoldMs = 1_000 } = {}) {
  const hold = new Hold({ maxHeld, maxHoldMs });
  const done: string[] = [];
  const pass = (channelId: string, what: string): void => {
    hold.pass(channelId, () => done.push(what));
  };
  return { hold, done, pass };
}

test('everything passes while nobody holds', () => {
  const { done, pass } = start();
  pass('1', 'a');
  expect(done).toEqual(['a']);
});

test('a holder holds all channels, then its own, and lets each go in its order', () => {
  const { hold, done, pass } = start();
  const holder = hold.open();
  pass('1', 'a');
  pass('2', 'b');
  pass('1', 'c');
  expect(done).toEqual([]);
  holder.narrow(['1']);
  expect(done).toEqual(['b']);
  pass('1', 'd');
  pass('3', 'e');
  holder.release('1');
  expect(done).toEqual(['b', 'e', 'a', 'c', 'd']);
  holder.end();
});

test('what two hold waits for both', () => {
  const { hold, done, pass } = start();
  const [first, second] = [hold.open(), hold.open()];
  pass('1', 'a');
  first.end();
  expect(done).toEqual([]);
  second.end();
  expect(done).toEqual(['a']);
});

test('a hold is bounded in number and in time', () => {
  vi.useFakeTimers();
  try {
    const { hold, done, pass } = start({ maxHeld: 2, maxHoldMs: 100 });
    const crowded = hold.open();
    pass('1', 'a');
    pass('2', 'b');
    expect(done, 'too many').toEqual(['a', 'b']);
    crowded.narrow(['1']);
    pass('1', 'c');
    expect(done, 'it holds nothing any more').toEqual(['a', 'b', 'c']);
    hold.open();
    pass('1', 'd');
    vi.advanceTimersByTime(100);
    expect(done, 'too long').toEqual(['a', 'b', 'c', 'd']);
  } finally {
    vi.useRealTimers();
  }
});
