import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPartStream, splitMessage, splitParts } from '../../../src/discord/markdown/split-message.ts';
import type { Part } from '../../../src/discord/markdown/split-message.ts';
import { inPieces, pieceSizes } from './pieces.ts';

const emoji = '<a:party_blob:123456789012345678>';
const link = '[the documentation](https://example.com/a/long/path?with=query&and=more)';

/** Pieces of Markdown as models write it, and some that no one should. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.lorem({ maxCount: 30 }) },
  { weight: 2, arbitrary: fc.lorem({ maxCount: 5, mode: 'sentences' }) },
  fc.constantFrom('\n', '\n\n', '\n\n\n', ' ', '\r\n', '\n   \n'),
  fc.constantFrom(
    '```',
    '```ts\n',
    '\n```\n',
    '````',
    '``',
    '`x`',
    '```inline```',
    '\n```python\nprint(1)\n```\n',
  ),
  fc.constantFrom(
    '\n- item one\n- item two\n  - nested\n',
    '\n1. first\n2. second\n',
    '\n| a | b |\n|---|---|\n| 1 | 2 |\n',
  ),
  fc.constantFrom('\n# Title\n', '\n> quoted\n', `**bold words**`, '||spoiler||', '***', '|||'),
  fc.constantFrom(
    emoji,
    link,
    '<@123456789012345678>',
    'https://example.com/x_y',
    '👩‍👩‍👧‍👦',
    '🇩🇪🇫🇷',
    'é',
    'नमस्ते',
    '漢字。',
  ),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.nat({ max: 400 }).map((count) => 'x'.repeat(count)),
  fc.nat({ max: 60 }).map((count) => 'code line\n'.repeat(count)),
  fc.constantFrom('\ud83d', '\ude00', '\u200d', '\u0301'),
);
const markdown = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
const options = fc.record({ maxLength: fc.integer({ min: 100, max: 2000 }) });

/** What stands in a growing message of the text itself: its code block is closed anew each time. */
function withoutClosing({ source, content }: Part): string {
  return content.endsWith(source) ? content : content.slice(0, content.lastIndexOf('```')).replace(/\n$/, '');
}

describe('every split', () => {
  test('joined parts are the text, each within the limit and with its code blocks closed', () => {
    fc.assert(
      fc.property(markdown, options, (text, limits) => {
        const parts = splitParts(text, limits);
        expect(parts.map(({ source }) => source).join('')).toBe(text.toWellFormed());
        for (const { source, content } of parts) {
          expect(source).not.toBe('');
          expect(content.length).toBeLessThanOrEqual(limits.maxLength);
          expect(content.isWellFormed()).toBe(true);
          expect((content.match(/`{3,}/g) ?? []).length % 2, content).toBe(0);
          expect(content.replaceAll(/`{3,}[\w+\-.#]*/g, '').trim()).toContain(
            source.replaceAll(/`{3,}[\w+\-.#]*/g, '').trim(),
          );
        }
      }),
      { numRuns: 400 },
    );
  });

  test('is the same however the text came in; each message only grows until another follows, then it stays', () => {
    fc.assert(
      fc.property(markdown, options, pieceSizes, (text, limits, sizes) => {
        const stream = createPartStream(limits);
        let seen: readonly Part[] = [];
        const look = (parts: readonly Part[]): void => {
          expect(parts.slice(0, Math.max(0, seen.length - 1))).toEqual(seen.slice(0, -1));
          const [before, now] = [seen.at(-1), parts[seen.length - 1]];
          if (before && now) expect(withoutClosing(now).startsWith(withoutClosing(before))).toBe(true);
          expect(parts.length).toBeGreaterThanOrEqual(seen.length);
          for (const { content } of parts) expect(content.length).toBeLessThanOrEqual(limits.maxLength);
          seen = [...parts];
        };
        for (const some of inPieces(text, sizes)) {
          stream.append(some);
          look(stream.parts());
        }
        look(stream.end());
        expect(seen).toEqual(splitParts(text, limits));
      }),
      { numRuns: 300 },
    );
  });

  test('makes one message more than the length needs, at most', () => {
    const paragraph = fc.lorem({ maxCount: 12, mode: 'sentences' });
    const lines = fc
      .array(fc.lorem({ maxCount: 8 }), { minLength: 1, maxLength: 8 })
      .map((all) => all.join('\n'));
    const item = fc.lorem({ maxCount: 9 }).map((words) => `- ${words}`);
    const blocks = fc.array(fc.tuple(fc.oneof(paragraph, lines, item), fc.constantFrom('\n', '\n\n', ' ')), {
      minLength: 1,
      maxLength: 120,
    });
    fc.assert(
      fc.property(blocks, (all) => {
        const text = all.flat().join('').slice(0, 20_000);
        expect(splitParts(text).length).toBeLessThanOrEqual(Math.ceil(text.length / 2000) + 1);
      }),
      { numRuns: 300 },
    );
  });

  test('breaks no link, emoji, mention or character', () => {
    const address = 'https://example.com/a/long/path?with=query&and=more';
    const unbreakable = fc.constantFrom(
      emoji,
      `(${address})`,
      '<@123456789012345678>',
      '👩‍👩‍👧‍👦',
      '`some code`',
      'é',
    );
    const words = fc.oneof(unbreakable, fc.lorem({ maxCount: 3 }));
    fc.assert(
      fc.property(
        fc.array(words, { minLength: 50, maxLength: 300 }),
        fc.constantFrom(' ', '', '-'),
        (pieces, glue) => {
          const parts = splitParts(pieces.join(glue), { maxLength: 300 });
          const whole = /<a:party_blob:123456789012345678>|https:[^)\s]*more|<@123456789012345678>|👩‍👩‍👧‍👦/g;
          const count = (text: string): number => text.match(whole)?.length ?? 0;
          expect(parts.reduce((sum, { source }) => sum + count(source), 0)).toBe(count(pieces.join(glue)));
          for (const { source } of parts) expect(source).not.toMatch(/^\u0301|^\u200d/);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('cuts through no row of a table and no item of a list, and keeps those whole that fit', () => {
    const words = fc.lorem({ maxCount: 4 });
    const table = fc
      .array(fc.tuple(words, words), { minLength: 1, maxLength: 40 })
      .map((rows) => ['| a | b |', '|---|---|', ...rows.map(([one, two]) => `| ${one} | ${two} |`)]);
    const list = fc
      .array(words, { minLength: 1, maxLength: 40 })
      .map((items) => items.map((item) => `- ${item}`));
    const prose = words.map((text) => [text]);
    // Two lists with nothing but a blank line between them are one to Markdown.
    const blocks = fc
      .array(fc.tuple(fc.oneof(table, list), prose), { minLength: 1, maxLength: 5 })
      .map((pairs) => pairs.flat());
    fc.assert(
      fc.property(blocks, (all) => {
        const parts = splitMessage(all.map((lines) => lines.join('\n')).join('\n\n'), { maxLength: 700 });
        const lines = parts.flatMap((part) => part.split('\n')).filter((line) => line.trim() !== '');
        expect(lines).toEqual(all.flat());
        // Later ones may be cut between rows and items: more messages would cost more than that.
        for (const block of parts.length > 2 ? [] : all) {
          const text = block.join('\n');
          const isSmall = text.length <= 300 && block.length <= 8;
          if (isSmall)
            expect(
              parts.some((part) => part.includes(text)),
              text,
            ).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('takes linear time, whatever the text', () => {
    const nasty = [
      '`',
      '[',
      '<',
      '*',
      '[a](',
      'http://',
      '| ',
      '👩‍',
      '\u0301',
      '\n',
      '- \n',
      '```\n',
      '   ',
    ];
    for (const unit of nasty) {
      const text = unit.repeat(Math.ceil(50_000 / unit.length));
      const startedAt = process.cpuUsage();
      expect(
        splitParts(text)
          .map(({ source }) => source)
          .join(''),
      ).toBe(text);
      expect(process.cpuUsage(startedAt).user / 1000, JSON.stringify(unit)).toBeLessThan(1000);
    }
  });
});

describe('where it cuts', () => {
  const paragraph = (length: number): string => `${'word '.repeat(Math.floor(length / 5) - 1)}end.`;

  test('a short text stays one message, a blank one none', () => {
    expect(splitMessage('hello')).toEqual(['hello']);
    expect(splitMessage(' \n ')).toEqual([]);
    expect(splitMessage('x'.repeat(2000))).toHaveLength(1);
  });

  test('between paragraphs before sentences before words', () => {
    const [first, second] = splitMessage(`${paragraph(1200)}\n\n${paragraph(1500)}`);
    expect(first?.trim()).toBe(paragraph(1200));
    expect(second).toBe(paragraph(1500));
    const sentences = splitMessage('One sentence of some words. '.repeat(100));
    for (const content of sentences) expect(content.trim()).toMatch(/^One.*words\.$/);
    for (const content of splitMessage('word '.repeat(1000))) expect(content.trim()).toMatch(/^word.*word$/);
  });

  test('closes a code block and opens it again with its language, at a line', () => {
    const code = Array.from({ length: 120 }, (_, i) => `const value${i} = compute(${i});`).join('\n');
    const parts = splitMessage(`Look:\n\`\`\`ts\n${code}\n\`\`\`\nDone.`);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts.slice(0, -1)) expect(part.endsWith(';\n```')).toBe(true);
    for (const part of parts.slice(1)) expect(part.startsWith('```ts\nconst value')).toBe(true);
    expect(parts.at(-1)).toContain('Done.');
  });

  test('FAULTS 40: a code block that goes on with nothing but line breaks is a block all the same', () => {
    const code = `${'x'.repeat(99)}\n`.repeat(13);
    const reopened = Array.from({ length: 30 }, (_, index) => {
      const before = 'word '.repeat(112 + index);
      const text = `${before}\n\`\`\`ts\n${code}${'\n'.repeat(44)}\`\`\`\n${'more words '.repeat(30)}`;
      const parts = splitMessage(text);
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(2000);
        expect(part).not.toMatch(/^```ts\n*```/);
      }
      return parts.filter((part) => /^```ts\n \n*```\n/.test(part));
    });
    expect(reopened.flat()).not.toEqual([]);
  });

  test('keeps a code block, a table and a list whole where they fit', () => {
    const block = `\`\`\`ts\n${'const x = 1;\n'.repeat(80)}\`\`\``;
    const [intro, whole] = splitMessage(`${paragraph(1100)}\n${block}`);
    expect(intro?.trim()).toBe(paragraph(1100));
    expect(whole).toBe(block);
    const table = `| name | value |\n|---|---|\n${'| a row | of a table |\n'.repeat(50)}`;
    expect(splitMessage(`${paragraph(1000)}\n${table}`)[1]).toBe(table);
    const list = '- an item of the list\n'.repeat(55);
    expect(splitMessage(`${paragraph(1000)}\n\n${list}`)[1]).toBe(list);
  });

  test('cuts a long list between its items', () => {
    const parts = splitMessage(`- ${'an item that\n  goes over two lines\n- '.repeat(100)}last`);
    for (const part of parts) expect(part).toMatch(/^- /);
  });

  test('short paragraphs make no more messages than long ones', () => {
    const short = 'A short paragraph of some words that says one thing.\n\n';
    expect(splitMessage(short.repeat(36))).toHaveLength(1);
    expect(splitMessage(short.repeat(65))).toHaveLength(2);
    expect(splitMessage(short.repeat(222)).length).toBeLessThanOrEqual(7);
    for (const part of splitMessage(short.repeat(222))) expect(part).toMatch(/^A short[^]*thing\.\s+$/);
  });

  test('shows nothing in half while it grows', () => {
    const stream = createPartStream();
    const shown = (text: string): string => {
      stream.append(text);
      return stream.parts().at(-1)?.content ?? '';
    };
    expect(shown('See <@1234')).toBe('See ');
    expect(shown('5> and **bold')).toBe('See <@12345> and ');
    expect(shown('** and ||hid')).toBe('See <@12345> and **bold** and ');
    expect(shown('den|| 2 * 3*4')).toBe('See <@12345> and **bold** and ||hidden|| 2 * 3*4');
  });

  test('replaces lone surrogates, also where the halves come apart', () => {
    expect(splitMessage('a\ud83d')).toEqual(['a\ufffd']);
    const stream = createPartStream();
    stream.append('a\ud83d');
    expect(stream.parts()[0]?.content).toBe('a');
    stream.append('\ude00');
    expect(stream.parts()[0]?.content).toBe('a😀');
  });
});
