import { expect, test } from 'vitest';
import { parseThreadWish } from '../../src/intake/threads.ts';

test.each([
  ['Explain closures in a thread', 'Explain closures'],
  ['Explain closures, in a thread please.', 'Explain closures'],
  ['What is tea? Answer in a new thread, please', 'What is tea?'],
  ['what is tea (in a thread)', 'what is tea'],
  ['What is tea? In a thread, please?', 'What is tea?'],
  ['In a thread: what is tea?', 'what is tea?'],
  ['in a thread, please: what is tea?', 'what is tea?'],
  ['Please answer in a thread what tea is', 'what tea is'],
  ['Reply in a new thread. What is tea?', 'What is tea?'],
  ['in a thread', ''],
])('%j asks for a thread', (question, text) => {
  expect(parseThreadWish(question)).toEqual({ text, isWished: true });
});

test.each([
  'What can block in a thread?',
  'In a thread pool, what waits?',
  'In a thread-safe way: how?',
  'Answer in a thread-safe manner',
  'I said in a thread that tea is good',
  'What is a thread?',
])('%j is about something else', (text) => {
  expect(parseThreadWish(text)).toEqual({ text, isWished: false });
});

test('FAULTS 44: a hostile text costs no time', () => {
  const startedAt = performance.now();
  for (const piece of [' ', '.', 'in a ', 'please ', ' in a thread']) {
    parseThreadWish(`x${piece.repeat(6_000)}x`);
    parseThreadWish(piece.repeat(6_000));
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
