import { expect, test } from 'vitest';
import { createGaps, UnsettledMessages } from '../../src/runs/gaps.ts';

test('a cursor stays before a message whose fate is open, in its channel, and before all of them at large', () => {
  const gaps = createGaps();
  const settle = gaps.hold('10', '100');
  const settleLater = gaps.hold('11', '90');
  expect(gaps.cursorFor('10', '100'), 'the message itself').toBe('100');
  expect(gaps.cursorFor('10', '105')).toBe('99');
  expect(gaps.cursorFor('10', '95'), 'what is older is not held up').toBe('95');
  expect(gaps.cursorFor('12', '105')).toBe('105');
  expect(gaps.cursorForAll('105')).toBe('89');
  settleLater();
  expect(gaps.cursorForAll('105')).toBe('99');
  expect(gaps.cursorForAll('100')).toBe('99');
  settle();
  expect(gaps.cursorFor('10', '105')).toBe('105');
  expect(gaps.cursorForAll('105')).toBe('105');
});

test('a message that came several times is open until the last of them is settled', () => {
  const gaps = createGaps();
  const settles = [gaps.hold('10', '100'), gaps.hold('10', '100')];
  settles[0]?.();
  expect(gaps.cursorFor('10', '105')).toBe('99');
  settles[1]?.();
  expect(gaps.cursorFor('10', '105')).toBe('105');
});

test('what a later session fetched is missing no more, whoever missed it first', () => {
  const gaps = createGaps();
  const first = gaps.open();
  first.narrow(['10', '11']);
  const later = gaps.open();
  later.narrow(['10']);
  const latest = gaps.open();
  latest.narrow(['10']);
  later.close('10');
  expect(first.has('10')).toBe(false);
  expect(latest.has('10'), 'it was missed after that').toBe(true);
  expect(gaps.cursorFor('10', '5')).toBeUndefined();
  latest.close('10');
  expect(gaps.cursorFor('10', '5')).toBe('5');
  expect(gaps.cursorForAll('5'), 'elsewhere something is missing').toBeUndefined();
  first.close('11');
  expect(gaps.cursorForAll('5')).toBe('5');
});

test('the oldest open message is known, in whatever order they come and are settled', () => {
  const messages = new UnsettledMessages(100);
  const settle = new Map(['7', '30', '9', '100', '8'].map((id) => [id, messages.add(id)]));
  const oldest = ['100', '7', '9', '8'].map((id) => {
    settle.get(id)?.();
    return messages.oldest;
  });
  expect(oldest).toEqual(['7', '8', '8', '30']);
  settle.get('30')?.();
  expect(messages.size).toBe(0);
});

test('FAULTS 30: what is never settled takes no more memory than its bound', () => {
  const messages = new UnsettledMessages(100);
  const settle = messages.add('1');
  for (let id = 2; id <= 1_000; id += 1) messages.add(String(id))();
  expect(messages.oldest, 'settled ones are let go first').toBe('1');
  for (let id = 1_001; id <= 2_000; id += 1) messages.add(String(id));
  expect(messages.size).toBeLessThanOrEqual(100);
  settle();
});
