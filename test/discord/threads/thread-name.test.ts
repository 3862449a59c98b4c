import { expect, test } from 'vitest';
import { parseTitle, toThreadName, toThreadTitle } from '../../../src/discord/threads/thread-name.ts';

test('a short text is the name as it stands, without Markdown and on one line', () => {
  expect(toThreadName('**What** is\n`tea`?')).toBe('What is tea?');
});

test('of a long one the first words, never in the middle of one or of a character', () => {
  expect(toThreadName(`What is ${'tea '.repeat(50)}`)).toMatch(/^What is (tea )+tea…$/);
  const name = toThreadName('😀'.repeat(200)) ?? '';
  expect(name.isWellFormed()).toBe(true);
  expect(name.length).toBeLessThanOrEqual(60);
  expect(toThreadTitle('t'.repeat(300))?.length).toBe(100);
});

test.each(['', '   ', '***', '\u200b\u202e'])('%j names nothing', (text) => {
  expect(toThreadName(text)).toBeUndefined();
});

test('FAULTS 40: characters that nobody sees do not turn a title round', () => {
  expect(toThreadTitle('a\u202eb\u200bc')).toBe('abc');
});

test.each([
  ['"All about tea."', 'All about tea'],
  ['Title: All about tea\nIt is a fine subject.', 'All about tea'],
  ['**Title:** All about tea', 'All about tea'],
  ['“Tee & Kuchen”', 'Tee & Kuchen'],
  ['...', undefined],
])('of what a model says %j the title is %j', (reply, title) => {
  expect(parseTitle(reply)).toBe(title);
});
