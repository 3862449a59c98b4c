import { expect, test } from 'vitest';
import { ReplyReader } from '../../src/model/read-reply.ts';
import { delta } from './model-server.ts';

function open() {
  const deadline = { refresh: () => undefined, conclude: () => undefined, finish: () => undefined };
  const reader = new ReplyReader({ onText: () => undefined, deadline });
  reader.onHead(200, { 'content-type': 'text/event-stream' });
  /** Takes one piece in and hands it on. */
  const take = async (fields: Record<string, unknown>): Promise<void> => {
    reader.onChunk(Buffer.from(delta(fields)));
    await Promise.resolve();
  };
  return { reader, take };
}

test('until the first words were handed on, what comes may not be late: tool calls and reasoning are no words', async () => {
  const { reader, take } = open();
  expect(reader.mayRest).toBe(false);
  await take({ tool_calls: [{ index: 0, id: 'a', function: { name: 'x', arguments: '' } }] });
  await take({ reasoning_content: 'hm' });
  expect(reader.mayRest).toBe(false);
  await take({ content: 'Hello' });
  expect(reader.mayRest).toBe(true);
});

test('what takes long before its first words may be a little late', async () => {
  const { reader, take } = open();
  for (let piece = 0; piece < 64; piece += 1) await take({ reasoning_content: 'hm' });
  expect(reader.mayRest).toBe(false);
  await take({ reasoning_content: 'hm' });
  expect(reader.mayRest).toBe(true);
});
