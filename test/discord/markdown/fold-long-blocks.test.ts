import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LongBlockFolder } from '../../../src/discord/markdown/fold-long-blocks.ts';
import type { OutgoingFile } from '../../../src/discord/markdown/block-files.ts';
import { inPieces, pieceSizes } from './pieces.ts';

interface Folded {
  readonly text: string;
  readonly files: readonly OutgoingFile[];
}

function foldLongBlocks(text: string, maxFiles = 9): Folded {
  const folder = new LongBlockFolder(maxFiles);
  const shown = folder.push(text) + folder.end();
  return { text: shown, files: folder.files };
}

const lines = (count: number, line = (index: number) => `line ${index}`): string =>
  Array.from({ length: count }, (_, index) => line(index + 1)).join('\n');
const fence = (language: string, body: string): string => `\`\`\`${language}\n${body}\n\`\`\``;

describe('code', () => {
  test('a long block becomes a file of its language, and its beginning stays', () => {
    const { text, files } = foldLongBlocks(`Here:\n\n${fence('python', lines(80))}\n\nThat is it.`);
    expect(files).toEqual([
      { name: 'code.py', contentType: 'text/plain; charset=utf-8', data: `${lines(80)}\n` },
    ]);
    expect(text).toBe(
      `Here:\n\n${fence('python', lines(20))}\n-# The first 20 of 80 lines. All of them: code.py\n\nThat is it.`,
    );
  });

  test('FAULTS 40: a beginning of nothing but blank lines is a block all the same', () => {
    const blank = '\n'.repeat(20);
    const { text } = foldLongBlocks(fence('py', `${blank}${lines(80)}`));
    expect(text).toBe(`\`\`\`py\n${blank} \`\`\`\n-# The first 20 of 100 lines. All of them: code.py`);
  });

  test('few lines, but very long ones', () => {
    const { text, files } = foldLongBlocks(fence('', 'x'.repeat(1_900)));
    expect(files).toMatchObject([{ name: 'code.txt', data: `${'x'.repeat(1_900)}\n` }]);
    expect(text.length).toBeLessThan(900);
  });

  test.each([
    ['a short block', fence('js', lines(59))],
    ['no block', lines(200)],
    ['backticks within a line', `${'`'.repeat(3)}a${'`'.repeat(3)} ${lines(200)}`],
  ])('%s stays as it is', (_, text) => {
    expect(foldLongBlocks(text)).toEqual({ text, files: [] });
  });

  test('of a block that grows only its beginning is seen, and how far it has come', () => {
    const folder = new LongBlockFolder(9);
    const beginning = folder.push(`\`\`\`ts\n${lines(40)}`);
    expect(beginning).toBe(`\`\`\`ts\n${lines(20)}\n`);
    expect(folder.progress).toBe('');
    expect(folder.push(`\n${lines(40)}\n`)).toBe('');
    expect(folder.progress).toBe('```\n-# The first 20 of 80 lines. All of them: code.ts');
    expect(folder.push('```\nMore')).toBe('```\n-# The first 20 of 80 lines. All of them: code.ts\nMore');
    expect(folder.progress).toBe('');
  });

  test('one that ends short after all is seen whole', () => {
    const folder = new LongBlockFolder(9);
    const text = `\`\`\`ts\n${lines(50)}\n\`\`\`\nMore`;
    expect(folder.push(text) + folder.end()).toBe(text);
  });

  test.each(['constructor', '__proto__', 'toString', 'valueOf'])('a block of %s is text', (language) => {
    expect(foldLongBlocks(fence(language, lines(70))).files).toMatchObject([{ name: 'code.txt' }]);
  });

  test.each([
    ['bash', 'code.sh.txt'],
    ['js', 'code.js.txt'],
    ['svg', 'code.svg.txt'],
  ])('a double click on a file of %s runs nothing', (language, name) => {
    expect(foldLongBlocks(fence(language, lines(70))).files).toMatchObject([{ name }]);
  });

  test('no more become files than Discord takes; the others stay as they are', () => {
    const block = fence('go', lines(70));
    const { text, files } = foldLongBlocks(Array(12).fill(block).join('\n'), 9);
    expect(files).toHaveLength(9);
    expect(text.split(block)).toHaveLength(4);
  });

  test('code that begins or ends within a line keeps what follows it text', () => {
    const within = `Run: \`\`\`sh\nls\n\`\`\`\n${lines(100)}`;
    expect(foldLongBlocks(within)).toEqual({ text: within, files: [] });
    const { text, files } = foldLongBlocks(`\`\`\`go\n${lines(70)}\nlast\`\`\` and text\n${lines(3)}`);
    expect(files).toMatchObject([{ data: `${lines(70)}\nlast\n` }]);
    expect(text).toMatch(/of 71 lines\. All of them: code\.go\n and text\nline 1\nline 2\nline 3$/);
  });

  test('several have names of their own', () => {
    const text = [fence('go', lines(70)), fence('golang', lines(70)), fence('c++', lines(70))].join('\n');
    expect(foldLongBlocks(text).files.map(({ name }) => name)).toEqual(['code.go', 'code-2.go', 'code.cpp']);
  });
});

describe('tables', () => {
  const table = (rows: number, cell = (index: number) => `value ${index}`): string =>
    `| Name | Value |\n| --- | ---: |\n${lines(rows, (index) => `| row ${index} | ${cell(index)} |`)}`;

  test('many rows become CSV', () => {
    const { text, files } = foldLongBlocks(`Look:\n\n${table(40)}\n\nEnd.`);
    expect(files).toMatchObject([{ name: 'table.csv', contentType: 'text/csv; charset=utf-8' }]);
    const rows = String(files[0]?.data).split('\r\n');
    expect(rows).toHaveLength(42);
    expect(rows.slice(0, 2)).toEqual(['Name,Value', 'row 1,value 1']);
    expect(text).toContain(
      '| row 5 | value 5 |\n```\n-# The first 5 of 40 rows. All of them: table.csv\n\nEnd.',
    );
  });

  test('wide rows as well; a table that fits stays', () => {
    expect(foldLongBlocks(table(3, () => 'x'.repeat(120))).files).toHaveLength(1);
    expect(foldLongBlocks(table(15)).files).toEqual([]);
  });

  test('cells are quoted, and none is a formula to a spreadsheet', () => {
    const cells = [
      'a, b',
      'say "hi"',
      'a \\| b',
      '=HYPERLINK("http://x")',
      '@SUM(A1)',
      '-5',
      '+1.5%',
      '-cmd',
    ];
    const { files } = foldLongBlocks(table(16, (index) => cells[index - 1] ?? ''));
    const values = String(files[0]?.data)
      .split('\r\n')
      .slice(1, 9)
      .map((row) => row.slice(row.indexOf(',') + 1));
    expect(values).toEqual([
      '"a, b"',
      '"say ""hi"""',
      'a | b',
      `"'=HYPERLINK(""http://x"")"`,
      `'@SUM(A1)`,
      '-5',
      '+1.5%',
      `'-cmd`,
    ]);
  });
});

const piece = fc.oneof(
  fc.string(),
  fc.constantFrom('```', '```js', '|', '| a | b |', '| --- | --- |', '', lines(61), '| c | d |\n'.repeat(20)),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('\n'));

test('nothing is lost or changed but what is folded', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const folded = foldLongBlocks(whole);
      if (folded.files.length === 0) expect(folded.text).toBe(whole);
      else expect(folded.text.length).toBeLessThan(whole.length);
    }),
  );
});

test('it is the same however the text comes in', () => {
  fc.assert(
    fc.property(text, pieceSizes, (whole, sizes) => {
      const folder = new LongBlockFolder(9);
      const shown = inPieces(whole, sizes).map((some) => folder.push(some));
      expect({ text: shown.join('') + folder.end(), files: folder.files }).toEqual(foldLongBlocks(whole));
    }),
  );
});
