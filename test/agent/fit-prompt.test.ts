import { describe, expect, test } from 'vitest';
import { fitPrompt } from '../../src/agent/context-window.ts';
import type { ChatMessage } from '../../src/memory/chat-message.ts';
import type { Model } from '../../src/model/ports.ts';

const never = new AbortController().signal;

/** Estimates a token for each character and counts two exactly. */
function createCounting(isExact = true) {
  const asked: string[][] = [];
  const model: Model = {
    complete: () => Promise.reject(new Error('not asked')),
    countTokens: (text) => text.length,
    ...(isExact && {
      countExactly(texts: readonly string[]) {
        asked.push([...texts]);
        return Promise.resolve(texts.map((text) => text.length * 2));
      },
    }),
  };
  return { model, asked };
}

const toMessages = (length: number): ChatMessage[] => [
  { role: 'system', content: 'S' },
  { role: 'user', content: 'old' },
  { role: 'assistant', content: 'x'.repeat(length) },
  { role: 'user', content: 'q' },
];

describe('fitting a prompt', () => {
  test('FAULTS 15: what is far from the window is not counted exactly', async () => {
    const { model, asked } = createCounting();
    const messages = toMessages(400);
    await expect(
      fitPrompt(messages, { model, maxInputTokens: 1_000, tools: [], questionAt: 3 }, never),
    ).resolves.toBe(messages);
    expect(asked).toEqual([]);
  });

  test('FAULTS 15: near the window the exact count decides, each text counted once', async () => {
    const { model, asked } = createCounting();
    const messages = toMessages(620);
    // 641 by the estimate, but 1,266 in truth.
    const fitted = await fitPrompt(
      messages,
      { model, maxInputTokens: 1_000, tools: [], questionAt: 3 },
      never,
    );
    expect(fitted).toEqual([messages[0], messages[3]]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.toSorted()).toEqual(['S', 'old', 'q', 'x'.repeat(620)].toSorted());
  });

  test('a model without exact counts is fitted by its estimates', async () => {
    const { model } = createCounting(false);
    const options = { model, maxInputTokens: 1_000, tools: [], questionAt: 3 };
    const close = toMessages(700);
    await expect(fitPrompt(close, options, never)).resolves.toBe(close);
    const tooLong = toMessages(1_100);
    await expect(fitPrompt(tooLong, options, never)).resolves.toEqual([tooLong[0], tooLong[3]]);
  });
});
