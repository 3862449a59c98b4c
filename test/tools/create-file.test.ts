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

test('a name goes out as any other does, and the model is told it', async () => {
  const { text, files } = await create('../update.BAT');
  expect(files[0]?.name).toBe('update.BAT.txt');
  expect(text).toMatch(/^update\.BAT\.txt \(/);
});

test.each(['constructor', '__proto__', 'toString'])(
  'a file that ends with %s is plain text',
  async (ending) => {
    const { files } = await create(`notes.${ending}`);
    expect(files).toMatchObject([{ name: `notes.${ending}`, contentType: 'text/plain; charset=utf-8' }]);
  },
);

test('what is too large is refused with a sentence', async () => {
  await expect(create('a.txt', 'x'.repeat(256 * 1024 + 1))).rejects.toThrow(/at most 262144/);
});
