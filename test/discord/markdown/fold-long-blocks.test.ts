import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldLongBlocks } from '../../../src/discord/markdown/fold-long-blocks.ts';

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
      `Here:\n\n${fence('python', lines(10))}\n-# The first 10 of 80 lines. All of them: code.py\n\nThat is it.`,
    );
  });

  test('few lines, but very long ones', () => {
    const { text, files } = foldLongBlocks(fence('', 'x'.repeat(1_900)));
    expect(files).toMatchObject([{ name: 'code.txt', data: `${'x'.repeat(1_900)}\n` }]);
    expect(text.length).toBeLessThan(700);
  });

  test.each([
    ['a short block', fence('js', lines(59))],
    ['no block', lines(200)],
    ['backticks within a line', `${'`'.repeat(3)}a${'`'.repeat(3)} ${lines(200)}`],
  ])('%s stays as it is', (_, text) => {
    expect(foldLongBlocks(text)).toEqual({ text, files: [] });
  });

  test('a block that is still growing is folded at the same point, under the same name', () => {
    const whole = foldLongBlocks(fence('ts', lines(100)));
    const growing = foldLongBlocks(`\`\`\`ts\n${lines(70)}`);
    expect(growing.files[0]?.name).toBe(whole.files[0]?.name);
    expect(growing.text).toBe(whole.text.replace('of 100 lines', 'of 70 lines'));
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

test('nothing is lost or changed but what is folded', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('```', '```js', '|', '| a | b |', '| --- | --- |', '', lines(61)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('\n');
      const folded = foldLongBlocks(text);
      if (folded.files.length === 0) expect(folded.text).toBe(text);
      else expect(folded.text.length).toBeLessThan(text.length);
    }),
  );
});

test('FAULTS 44: a text made to be slow is not', () => {
  const startedAt = performance.now();
  for (const unit of ['```\n', '|', '| ', '|\n', '| - ', '``` \n', '\\|', ' |-'])
    foldLongBlocks(unit.repeat(20_000));
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
