import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerMarkdown } from '../../../src/discord/markdown/answer-markdown.ts';
import type { Part } from '../../../src/discord/markdown/split-message.ts';
import { inPieces, pieceSizes } from './pieces.ts';

const lines = (count: number): string => 'a line of some words\n'.repeat(count);
const piece = fc.oneof(
  fc.lorem({ maxCount: 20, mode: 'sentences' }),
  fc.nat({ max: 90 }).map((count) => `\n\`\`\`ts\n${lines(count)}\`\`\`\n`),
  fc.nat({ max: 30 }).map((count) => `\n| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(count)}\n`),
  fc.nat({ max: 30 }).map((count) => `\n${'- an item\n  - nested\r\n'.repeat(count)}\n`),
  fc.constantFrom(
    '\n',
    '\n\n',
    ' ',
    '[a](https://a.example/b)',
    '`code`',
    '**bold**',
    '||hidden||',
    '漢字。',
    '`',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    'x'.repeat(4000),
    '漢字'.repeat(900),
    `https://a.example/${'y'.repeat(1500)}`,
    '\u0301'.repeat(1300),
  ),
  fc.constantFrom(
    '```',
    '````',
    '> ',
    '> ```js\n',
    '\ud83d',
    '\ude00',
    '\r\n',
    '# heading\n',
    '**',
    '||',
    '*',
  ),
  fc.nat({ max: 300 }).map((count) => 'word '.repeat(count)),
);
const answer = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));

/** Without what closes a block that is still open, and tells how far it has come. */
function toLasting({ source, content }: Part): string {
  if (content.endsWith(source)) return content;
  return content.slice(0, content.lastIndexOf('```')).replace(/\n$/, '');
}

test('what is shown of an answer while it grows only grows', () => {
  fc.assert(
    fc.property(answer, pieceSizes, (text, sizes) => {
      const markdown = new AnswerMarkdown(9);
      let shown: readonly Part[] = [];
      const look = (parts: readonly Part[]): void => {
        for (const [index, before] of shown.entries()) {
          const now = parts[index];
          expect(now && toLasting(now).startsWith(toLasting(before)), before.content).toBe(true);
        }
        for (const { content } of parts) expect(content.length).toBeLessThanOrEqual(2000);
        shown = [...parts];
      };
      for (const some of inPieces(text, sizes)) {
        markdown.append(some);
        look(markdown.parts());
      }
      const finished = markdown.end();
      look(finished.parts);
      const whole = new AnswerMarkdown(9);
      whole.append(text);
      expect(whole.end()).toEqual(finished);
    }),
    { numRuns: 200 },
  );
});

test('a long block tells how far it has come', () => {
  const markdown = new AnswerMarkdown(9);
  markdown.append(`Look:\n\`\`\`ts\n${lines(70)}`);
  const [part] = markdown.parts();
  expect(part?.content).toBe(
    `Look:\n\`\`\`ts\n${lines(20)}\`\`\`\n-# The first 20 of 70 lines. All of them: code.ts`,
  );
});

test('a note of our own is no code, whatever is open', () => {
  const markdown = new AnswerMarkdown(9);
  markdown.append('Look: `x\n```ts\nconst a');
  expect(markdown.end(['(stopped)']).parts.map(({ content }) => content)).toEqual([
    'Look: \\`x\n```ts\nconst a\n```\n\n(stopped)',
  ]);
});

/** User time of one answer that comes in so many pieces and is looked at so many times, ms. */
function timeOf(unit: string, length: number): number {
  const text = unit.repeat(Math.ceil(length / unit.length));
  const startedAt = process.cpuUsage();
  const markdown = new AnswerMarkdown(9);
  for (const some of inPieces(text, [Math.ceil(length / 100)])) {
    markdown.append(some);
    markdown.parts();
  }
  markdown.end();
  return process.cpuUsage(startedAt).user / 1000;
}

test.each([
  ...[
    '|a|\n|--|\n' + '|\n'.repeat(16) + '\n',
    '```\n' + '\n'.repeat(61) + '```\n',
    '|a|b|\n|--|--|\n',
    '|a',
    '|\n',
  ],
  ...[' \u0301', ' \u200d', '\u200d', '\u0301', '🇩🇪', '👩\u200d', '🏴', 'a\u202e'],
  ...[
    '`',
    '`a',
    '` `` ',
    '```',
    '``` ',
    '[',
    '[a](',
    '](',
    '\\',
    'https://',
    'https://a```',
    'discord.gg/',
    '<',
    '*',
    '~~a',
  ],
  ...['ab ', 'a.) ', 'x', '漢', '\n', '- \n', '> ```\n', '   ', '# a\n', '\r\n'],
])('FAULTS 44: a growing answer of %j costs time in proportion to its length', (unit) => {
  timeOf(unit, 10_000);
  const short = Math.max(10, timeOf(unit, 40_000));
  const long = timeOf(unit, 160_000);
  // Four times the text: sixteen times the work would be quadratic.
  expect(long / short, `${short} ms, ${long} ms`).toBeLessThan(11);
});
