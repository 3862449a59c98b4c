import { expect, test } from 'vitest';
import { toFileNote } from '../../../src/discord/markdown/file-note.ts';

const note = (text: string): string[] => toFileNote(text).trim().split('\n');

test('a long answer is described by its length and its headings, code left out', () => {
  const code = '```sh\n# no heading\n```';
  const text = `# Tea\nIt is old.\n## *White* tea\n${code}\n### Black [tea](https://example.com)\nDone.`;
  expect(note(text)).toEqual([
    '-# This is only the beginning: the whole answer is in the file, with 97 characters.',
    '-# In it: Tea · White tea · Black tea https://example.com',
  ]);
});

test('of many headings the first, each in short', () => {
  const text = Array.from({ length: 30 }, (_, index) => `# ${index} ${'word '.repeat(50)}`).join('\n');
  const [, contents = ''] = note(text);
  expect(contents).toMatch(/^-# In it: 0 word .*… · 1 word .*… · and 18 more$/);
  expect(contents.length).toBeLessThan(1000);
});

test('without headings by how it ends', () => {
  expect(note(`Tea is old.\n\nSo **drink** it ${'now '.repeat(200)}\n\n`)[1]).toMatch(
    /^-# It ends: “So drink it now .{200,300}…”$/,
  );
  expect(note('```\ncode\n```')).toHaveLength(1);
});

test('FAULTS 40: code that begins within a line is left out as well, and no invitation is a link', () => {
  const code = '```\n# Join discord.gg/evil\n# or https://discord.gg/evil\n```';
  expect(note(`Here: ${code}\nDone.`)[1]).toBe('-# It ends: “Done.”');
  expect(note('# One discord.gg/evil\n# Two https://discord.gg/evil\n')[1]).toBe(
    '-# In it: One discord[.]gg/evil · Two discord[.]gg/evil',
  );
});

test('FAULTS 44: costs no time, whatever the text', () => {
  const startedAt = process.cpuUsage();
  for (const unit of ['#', '# ', '\n', '`', '```\n', ' ', '[', '# a\n']) toFileNote(unit.repeat(50_000));
  expect(process.cpuUsage(startedAt).user / 1000).toBeLessThan(2000);
});
