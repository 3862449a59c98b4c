import OpenAI, { RateLimitError } from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startModelServer } from '../../../sandbox/model/server.ts';
import type { ScriptedModelServer, ScriptedReply } from '../../../sandbox/model/types.ts';

const QUESTION = { model: 'scripted', messages: [{ role: 'user' as const, content: 'hello' }] };

let server: ScriptedModelServer;
let client: OpenAI;

beforeEach(async () => {
  server = await startModelServer();
  client = new OpenAI({ apiKey: 'any', baseURL: server.baseUrl, maxRetries: 0 });
});

afterEach(() => server.stop());

function answerWith(reply: ScriptedReply): void {
  server.setScript(() => reply);
}

async function stream(): Promise<OpenAI.ChatCompletionChunk[]> {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  const request = { ...QUESTION, stream: true as const, stream_options: { include_usage: true } };
  for await (const chunk of await client.chat.completions.create(request)) chunks.push(chunk);
  return chunks;
}

/** The body as it came, up to where it ended or broke. */
async function rawStream(): Promise<string> {
  const response = await fetch(`${server.baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...QUESTION, stream: true }),
  });
  let body = '';
  try {
    for await (const part of response.body ?? []) body += Buffer.from(part).toString();
  } catch {
    body += '<reset>';
  }
  return body;
}

describe('a streamed answer', () => {
  test('comes as role, pieces, finish reason and usage, under one id', async () => {
    answerWith({ text: 'Grüße 👋 from here', usage: { inputTokens: 7, outputTokens: 3 } });
    const chunks = await stream();
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(text).toBe('Grüße 👋 from here');
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)?.choices).toEqual([]);
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
  });

  test('brings tool calls in several deltas, each with its index', async () => {
    answerWith({
      toolCalls: [
        { name: 'calculate', arguments: { expression: '6*7' } },
        { name: 'roll_dice', arguments: '{"broken' },
      ],
    });
    const chunks = await stream();
    const calls: { id: string; name: string; arguments: string }[] = [];
    for (const delta of chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])) {
      const call = (calls[delta.index] ??= { id: '', name: '', arguments: '' });
      call.id += delta.id ?? '';
      call.name += delta.function?.name ?? '';
      call.arguments += delta.function?.arguments ?? '';
    }
    expect(calls.map(({ name, arguments: text }) => [name, text])).toEqual([
      ['calculate', '{"expression":"6*7"}'],
      ['roll_dice', '{"broken'],
    ]);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls');
  });

  test('never reuses an id of its own for a tool call', async () => {
    answerWith({ toolCalls: [{ name: 'current_time', arguments: {} }] });
    const idOf = (chunks: OpenAI.ChatCompletionChunk[]) =>
      chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])[0]?.id;
    expect(idOf(await stream())).not.toBe(idOf(await stream()));
  });

  test('keeps its pace', async () => {
    answerWith({ text: 'abcdefghij', chunkCharacters: 1, firstTokenMs: 60, tokenMs: 10 });
    const startedAt = performance.now();
    const arrivals: number[] = [];
    const request = { ...QUESTION, stream: true as const };
    for await (const chunk of await client.chat.completions.create(request)) {
      if (chunk.choices[0]?.delta.content) arrivals.push(performance.now() - startedAt);
    }
    expect(arrivals[0]).toBeGreaterThan(55);
    expect(arrivals.at(-1)).toBeGreaterThan(145);
    expect(new Set(arrivals.map((at) => Math.round(at / 5))).size).toBeGreaterThan(3);
  });
});

test('an answer that is not streamed comes whole', async () => {
  answerWith({ text: 'at once', toolCalls: [{ name: 'recall', arguments: {}, id: 'call_x' }] });
  const completion = await client.chat.completions.create(QUESTION);
  expect(completion.choices[0]?.message).toMatchObject({
    content: 'at once',
    tool_calls: [{ id: 'call_x', function: { name: 'recall', arguments: '{}' } }],
  });
  expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
});

test('a failing answer has its status, headers and body', async () => {
  answerWith({
    status: 429,
    headers: { 'retry-after': '7' },
    errorBody: { error: { message: 'slow down' } },
  });
  const error: unknown = await client.chat.completions.create(QUESTION).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RateLimitError);
  expect((error as RateLimitError).headers.get('retry-after')).toBe('7');
});

describe('faults', () => {
  test('a finish reason of null cuts the stream off', async () => {
    answerWith({ text: 'half an ans', finishReason: null });
    const body = await rawStream();
    expect(body).toContain('half');
    expect(body).not.toContain('[DONE]');
  });

  test('reset breaks the connection after the pieces', async () => {
    answerWith({ text: 'abcdefgh', fault: { afterChunks: 1, kind: 'reset' } });
    const body = await rawStream();
    expect(body).toContain('abcd');
    expect(body).not.toContain('efgh');
    expect(body.endsWith('<reset>')).toBe(true);
  });

  test('garbage is no JSON', async () => {
    answerWith({ text: 'abcdefgh', fault: { afterChunks: 1, kind: 'garbage' } });
    const lines = (await rawStream()).trim().split('\n\n');
    expect((): unknown => JSON.parse(lines.at(-1)?.slice('data: '.length) ?? '')).toThrow(SyntaxError);
  });

  test('stall goes silent until the caller leaves', async () => {
    answerWith({ text: 'abcdefgh', fault: { afterChunks: 1, kind: 'stall' } });
    await expect(stopAfter(150)).resolves.toEqual({ text: 'abcd', bytesAfterText: false });
    await expect.poll(() => server.active).toBe(0);
  });

  test('keep-alive-only sends bytes but no content', async () => {
    answerWith({ text: 'abcdefgh', fault: { afterChunks: 1, kind: 'keep-alive-only' } });
    await expect(stopAfter(150)).resolves.toEqual({ text: 'abcd', bytesAfterText: true });
  });
});

/** Listens for so long, then leaves. */
async function stopAfter(ms: number): Promise<{ text: string; bytesAfterText: boolean }> {
  const response = await fetch(`${server.baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...QUESTION, stream: true }),
    signal: AbortSignal.timeout(ms),
  });
  let body = '';
  try {
    for await (const part of response.body ?? []) body += Buffer.from(part).toString();
  } catch {
    // The time-out is the end of listening.
  }
  const text = [...body.matchAll(/"content":"([^"]+)"/g)].map((match) => match[1]).join('');
  return { text, bytesAfterText: body.includes(': keep-alive') };
}

test('requests and open streams are counted', async () => {
  const seen: string[] = [];
  const counting = await startModelServer({
    script: () => ({ text: 'hi', firstTokenMs: 30 }),
    onCompletion: (request) => {
      seen.push(request.model);
      return () => seen.push('end');
    },
  });
  const caller = new OpenAI({ apiKey: 'any', baseURL: counting.baseUrl });
  await Promise.all([1, 2, 3].map(() => caller.chat.completions.create(QUESTION)));
  expect(counting.requests).toHaveLength(3);
  expect(counting.peakActive).toBe(3);
  await expect.poll(() => counting.active).toBe(0);
  expect(seen.filter((entry) => entry === 'end')).toHaveLength(3);
  await counting.stop();
});

test('a recording is transcribed', async () => {
  const file = new File([new Uint8Array(4)], 'voice.ogg');
  const heard = await client.audio.transcriptions.create({ model: 'whisper', file });
  expect(heard.text).toBe('This is what the recording says.');
});

test('its model is listed', async () => {
  const models = await client.models.list();
  expect(models.data.map((model) => model.id)).toEqual(['scripted']);
});

test('a script that throws fails one request, not the server', async () => {
  server.setScript(() => {
    throw new Error('script broke');
  });
  await expect(client.chat.completions.create(QUESTION)).rejects.toThrow('script broke');
  answerWith({ text: 'well again' });
  const completion = await client.chat.completions.create(QUESTION);
  expect(completion.choices[0]?.message.content).toBe('well again');
});
