import { describe, expect, test } from 'vitest';
import { createTokenCounter, MAX_TOKENS_PER_CHARACTER } from '../../src/model/token-counter.ts';

async function createCounted() {
  const pieces: string[] = [];
  const counter = createTokenCounter({
    load: () =>
      Promise.resolve((text) => {
        pieces.push(text);
        return text.length;
      }),
  });
  await counter.load();
  return { counter, pieces };
}

describe('token counter', () => {
  test('counts in pieces of at most 512 characters that split no character', async () => {
    const { counter, pieces } = await createCounted();
    const text = `a${'🔥'.repeat(100_000)}`;
    expect(counter.count(text)).toBe(text.length);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(512);
    expect(pieces.length).toBeLessThan(text.length / 500);
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    expect(pieces.join('')).toBe(text);
  });

  test('does not count a repeated text twice', async () => {
    const { counter, pieces } = await createCounted();
    const text = 'word '.repeat(300);
    counter.count(text);
    const { length } = pieces;
    counter.count(text);
    expect(pieces).toHaveLength(length);
  });

  test('estimates from the length until the tokenizer is there, and where it cannot be loaded', async () => {
    let failure: unknown;
    const counter = createTokenCounter({
      load: () => Promise.reject(new Error('gone')),
      onLoadError: (error) => (failure = error),
    });
    expect(counter.count('abcdef')).toBe(2);
    await counter.load();
    expect(failure).toBeInstanceOf(Error);
    expect(counter.isLoaded()).toBe(false);
    expect(counter.count('abcdef')).toBe(2);
  });

  test('moves towards what the server counts, smoothly and within bounds', async () => {
    const { counter } = await createCounted();
    counter.calibrate(100, 150);
    expect(counter.count('x'.repeat(100))).toBe(110);
    for (let round = 0; round < 100; round += 1) counter.calibrate(1, 1_000);
    expect(counter.count('x'.repeat(100))).toBe(200);
    for (let round = 0; round < 100; round += 1) counter.calibrate(1_000, 1);
    expect(counter.count('x'.repeat(100))).toBeLessThanOrEqual(51);
  });

  test('counts real texts with the real tokenizer, hostile ones included', async () => {
    const counter = createTokenCounter();
    await counter.load();
    expect(counter.count('Hello world')).toBe(2);
    for (const text of ['🔥'.repeat(20_000), 'a'.repeat(20_000), '<|endoftext|>', '\ud800']) {
      const count = counter.count(text);
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(text.length * MAX_TOKENS_PER_CHARACTER);
    }
  });
});
