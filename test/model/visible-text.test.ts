import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VisibleText } from '../../src/model/visible-text.ts';

function see(pieces: readonly string[]): string {
  const visible = new VisibleText();
  const shown = pieces.map((piece) => visible.push(piece)).join('') + visible.end();
  expect(visible.text).toBe(shown);
  return shown;
}

describe('VisibleText', () => {
  test.each([
    ['plain', 'a < b and c > d', 'a < b and c > d'],
    ['reasoning first', '<think>hm\nhm</think>\n\nHello', 'Hello'],
    ['reasoning in the middle', 'One.\n<think>hm</think>\nTwo.', 'One.\nTwo.'],
    ['a call written as text', 'Wait.\n<tool_call>{"name":"x"}</tool_call>', 'Wait.\n'],
    ['a call that is cut off', '<tool_call>{"name":', ''],
    ['reasoning that is cut off', '<think>I should', ''],
    ['a word about tags', 'Use the <think> tag', 'Use the <think> tag'],
    ['a tag in inline code', 'Write `<think>` here', 'Write `<think>` here'],
    ['tags in a fence', '```\n<think>x</think>\n```\nok', '```\n<think>x</think>\n```\nok'],
    ['a beginning of a tag at the end', 'x <thi', 'x <thi'],
    ['other tags', '<b>x</b> <thinker>', '<b>x</b> <thinker>'],
  ])('FAULTS 17: %s', (_, text, visible) => {
    expect(see([text])).toBe(visible);
    expect(see(text.match(/[^]/g) ?? [])).toBe(visible);
  });

  test('shows the same however the text is cut', () => {
    const word = fc.constantFrom(
      '<think>',
      '</think>',
      '<tool_call>',
      '</tool_call>',
      '<',
      '`',
      '```',
      'a',
      '\n',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 1, max: 5 }), (words, size) => {
        const text = words.join('');
        const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
        expect(see(pieces)).toBe(see([text]));
      }),
    );
  });
});
