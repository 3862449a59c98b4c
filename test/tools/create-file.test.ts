import { expect, test } from 'vitest';
import { createFile } from '../../src/tools/create-file.ts';
import type { ToolContext, ToolOutput } from '../../src/tools/tool.ts';

async function create(name: string, content = 'text'): Promise<ToolOutput> {
  const args = createFile.parameters.parse({ name, content });
  const output = await createFile.execute(args, {} as ToolContext, new AbortController().signal);
  if (typeof output === 'string') throw new Error('No file was made');
  return output;
}

test('makes the file and tells the model so', async () => {
  const { text, files } = await create('results.csv', 'a,ü\n');
  expect(text).toBe('results.csv (5 bytes) is attached to your answer.');
  expect(files).toEqual([
    { name: 'results.csv', contentType: 'text/csv; charset=utf-8', data: Buffer.from('a,ü\n') },
  ]);
});

test.each([
  ['notes', 'notes.txt'],
  ['../../etc/passwd', 'passwd.txt'],
  ['C:\\temp\\report 1.md', 'report_1.md'],
  ['.env', 'env.txt'],
  ['update.BAT', 'update.BAT.txt'],
  ['photo.png.exe', 'photo.png.exe.txt'],
  ['a\u202egnp.scr', 'agnp.scr.txt'],
  ['💾', 'file.txt'],
])('%s is named %s', async (name, expected) => {
  expect((await create(name)).files[0]?.name).toBe(expected);
});

test('what is too large is refused with a sentence', async () => {
  await expect(create('a.txt', 'x'.repeat(256 * 1024 + 1))).rejects.toThrow(/at most 262144/);
});
