import { MockAgent } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelError } from '../../src/errors.ts';
import type { ChatMessage } from '../../src/memory/chat-message.ts';
import { ChatCompletionsModel, type ChatCompletionsOptions } from '../../src/model/chat-completions.ts';
import type { ModelReply, ModelRequest } from '../../src/model/ports.ts';
import { delta, done, event, sendStream, startModelServer, usage, type ModelServer } from './model-server.ts';

const request: ModelRequest = { messages: [{ role: 'user', content: 'hi' }], tools: [], userId: '42' };
const never = new AbortController().signal;
const warnings: string[] = [];
let server: ModelServer;

beforeEach(async () => {
  server = await startModelServer();
  warnings.length = 0;
});
afterEach(async () => {
  await server.stop();
});

function createModel(options: Partial<ChatCompletionsOptions> = {}) {
  return new ChatCompletionsModel({
    baseUrl: server.baseUrl,
    model: 'asked-model',
    firstTokenTimeoutMs: 2_000,
    streamIdleTimeoutMs: 2_000,
    userHashKey: 'key',
    log: { warn: (_, message) => warnings.push(message) },
    ...options,
  });
}

async function complete(
  options: Partial<ChatCompletionsOptions> = {},
  asked: ModelRequest = request,
): Promise<{ reply: ModelReply; pieces: string[] }> {
  const pieces: string[] = [];
  const reply = await createModel(options).complete(asked, (text) => pieces.push(text), never);
  expect(pieces.join('')).toBe(reply.text);
  return { reply, pieces };
}

async function fail(options: Partial<ChatCompletionsOptions> = {}): Promise<ModelError> {
  return complete(options).then(
    () => expect.fail('the call should have failed'),
    (error: unknown) => error as ModelError,
  );
}

describe('a streamed answer', () => {
  test('gives text as it comes, usage and the model that answered', async () => {
    server.answer(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(
        delta({ role: 'assistant', content: '' }) + delta({ content: 'Hel' }) + delta({ content: 'lo' }),
      );
      await new Promise((resolve) => setTimeout(resolve, 30));
      response.end(delta({ content: ' 🔥' }) + delta({}, 'stop') + usage + done);
    });
    const { reply, pieces } = await complete();
    expect(reply).toEqual({
      text: 'Hello 🔥',
      toolCalls: [],
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 7 },
      model: 'served-model',
    });
    // The deltas of one network chunk come as one.
    expect(pieces).toEqual(['Hello', ' 🔥']);
  });

  test('understands tool calls, and servers that end with "stop" or "function_call" beside them', async () => {
    const toolCalls = [{ index: 0, id: 'a', function: { name: 'x', arguments: '{}' } }];
    for (const reason of ['tool_calls', 'stop', 'function_call']) {
      server.answer((response) => {
        sendStream(response, [delta({ tool_calls: toolCalls }), delta({}, reason), done]);
      });
      const { reply } = await complete();
      expect(reply.finishReason).toBe('tool-calls');
      expect(reply.toolCalls).toEqual([{ id: 'a', name: 'x', arguments: '{}' }]);
    }
    server.answer((response) => {
      sendStream(response, [
        delta({ function_call: { name: 'x', arguments: '{' } }),
        delta({ function_call: { arguments: '}' } }, 'function_call'),
      ]);
    });
    expect((await complete()).reply.toolCalls).toMatchObject([{ name: 'x', arguments: '{}' }]);
  });

  test('FAULTS 17: reasoning and tool markup are not shown, a refusal is marked', async () => {
    server.answer((response) => {
      sendStream(response, [
        delta({ reasoning_content: 'secret' }),
        delta({ content: '<thi' }),
        delta({ content: 'nk>secret</think>\n' }),
        delta({ content: 'Hi', refusal: 'No.' }),
        delta({}, 'content_filter'),
      ]);
    });
    expect((await complete()).reply).toMatchObject({
      text: 'Hi',
      refusal: 'No.',
      finishReason: 'content-filter',
    });
  });

  test('FAULTS 17: finish_reason length stands with its text', async () => {
    server.answer((response) => {
      sendStream(response, [delta({ content: 'Once' }), delta({}, 'length'), done]);
    });
    expect((await complete()).reply).toMatchObject({ text: 'Once', finishReason: 'length' });
  });

  test('a model that never stops is cut off at the cap', async () => {
    server.answer(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const piece = delta({ content: 'x'.repeat(50_000) });
      while (!response.destroyed) {
        if (!response.write(piece)) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    const { reply } = await complete();
    expect(reply.finishReason).toBe('length');
    expect(reply.text).toHaveLength(1_000_000);
    await expect.poll(() => server.aborted()).toBe(1);
  });

  test('uses its connection again, and does not wait for a server that leaves it open', async () => {
    server.answer((response) => {
      sendStream(response, [delta({ content: 'a' }), delta({}, 'stop'), done]);
    });
    const model = createModel();
    for (let call = 0; call < 5; call += 1) await model.complete(request, () => undefined, never);
    expect(server.connections()).toBeLessThanOrEqual(2);

    server.answer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta({ content: 'a' }) + delta({}, 'stop') + done);
    });
    expect((await complete({ streamIdleTimeoutMs: 60_000 })).reply.text).toBe('a');
  });

  test('an unstreamed answer is understood', async () => {
    server.answer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          model: 'm',
          choices: [{ index: 0, message: { role: 'assistant', content: 'whole' }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 1, completion_tokens: 2 },
        }),
      );
    });
    expect((await complete()).reply).toMatchObject({
      text: 'whole',
      usage: { inputTokens: 1, outputTokens: 2 },
    });
  });
});

describe('a stream that goes wrong', () => {
  test('FAULTS 12: without any content it ends at the first-token deadline, keep-alives or not', async () => {
    server.answer(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      while (!response.destroyed) {
        response.write(
          `: keep-alive\n\n${event({ choices: [] })}${delta({ role: 'assistant', content: '' })}`,
        );
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    expect((await fail({ firstTokenTimeoutMs: 60 })).kind).toBe('stalled');
    await expect.poll(() => server.aborted()).toBe(1);
    server.answer(() => undefined);
    expect((await fail({ firstTokenTimeoutMs: 60 })).kind).toBe('stalled');
  });

  test('FAULTS 12: with no more content it ends at the idle deadline; reasoning and calls are content', async () => {
    server.answer(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const alive = [delta({ reasoning_content: 'h' }), delta({ tool_calls: [{ index: 0, id: 'a' }] })];
      for (let round = 0; round < 12; round += 1) {
        response.write(alive[round % 2]);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
      while (!response.destroyed) {
        response.write(': keep-alive\n\n');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    const startedAt = performance.now();
    expect((await fail({ streamIdleTimeoutMs: 90 })).kind).toBe('stalled');
    expect(performance.now() - startedAt).toBeGreaterThan(180);
  });

  test('an end without finish_reason, a reset and garbage are interruptions', async () => {
    server.answer((response) => {
      sendStream(response, [delta({ content: 'Hel' })]);
    });
    expect((await fail()).kind).toBe('interrupted');
    server.answer(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta({ content: 'Hel' }));
      await new Promise((resolve) => setTimeout(resolve, 20));
      response.destroy();
    });
    expect((await fail()).kind).toBe('interrupted');
    server.answer((response) => {
      sendStream(response, [delta({ content: 'Hel' }), event('{"choices": [')]);
    });
    expect((await fail()).kind).toBe('interrupted');
  });

  test('an error in the stream is what it says', async () => {
    server.answer((response) => {
      sendStream(response, [event({ error: { message: 'Rate limit reached', code: 429 } })]);
    });
    expect((await fail()).kind).toBe('rate-limited');
    server.answer((response) => {
      sendStream(response, [delta({ content: 'a' }), event({ error: { message: 'out of memory' } })]);
    });
    expect((await fail()).kind).toBe('interrupted');
  });

  test('abort rejects with its reason at once and closes the connection', async () => {
    server.answer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta({ content: 'a' }));
    });
    const abort = new AbortController();
    const reason = new Error('enough');
    const call = createModel().complete(
      request,
      () => {
        abort.abort(reason);
      },
      abort.signal,
    );
    await expect(call).rejects.toBe(reason);
    await expect.poll(() => server.aborted()).toBe(1);
    await expect(createModel().complete(request, () => undefined, AbortSignal.abort(reason))).rejects.toBe(
      reason,
    );
    expect(server.bodies).toHaveLength(1);
  });
});

describe('a refused request', () => {
  const answerError = (status: number, error: unknown, headers: Record<string, string> = {}): void => {
    server.answer((response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ error }));
    });
  };

  test.each([
    [401, { message: 'bad key' }, 'unauthorized'],
    [403, { message: 'no' }, 'unauthorized'],
    [404, { message: 'no such model' }, 'rejected'],
    [429, { message: 'slow down' }, 'rate-limited'],
    [429, { message: 'pay', code: 'insufficient_quota' }, 'rejected'],
    [400, { message: 'bad', code: 'context_length_exceeded' }, 'context-too-long'],
    [
      400,
      { message: "This model's maximum context length is 4096 tokens. However, you" },
      'context-too-long',
    ],
    [
      400,
      { message: 'The decoder prompt (length 9) is longer than the maximum model length' },
      'context-too-long',
    ],
    [400, { message: 'the request exceeds the available context size' }, 'context-too-long'],
    [500, { message: 'input length exceeds the context length' }, 'context-too-long'],
    [400, { message: 'something else' }, 'rejected'],
    [503, { message: 'overloaded' }, 'unavailable'],
  ])('%i %j is %s', async (status, error, kind) => {
    answerError(status, error);
    expect((await fail()).kind).toBe(kind);
    // FAULTS 14: the SDK repeats nothing.
    expect(server.bodies).toHaveLength(1);
  });

  test('FAULTS 14: Retry-After is read in seconds, milliseconds and as a date', async () => {
    answerError(429, {}, { 'retry-after': '7' });
    expect((await fail()).retryAfterMs).toBe(7_000);
    answerError(503, {}, { 'retry-after-ms': '120' });
    expect((await fail()).retryAfterMs).toBe(120);
    answerError(503, {}, { 'retry-after': new Date(Date.now() + 20_000).toUTCString() });
    const waitMs = (await fail()).retryAfterMs ?? 0;
    expect(waitMs).toBeGreaterThan(17_000);
    expect(waitMs).toBeLessThanOrEqual(20_000);
    // By the server's own clock, where it is not ours.
    answerError(
      503,
      {},
      { date: 'Wed, 01 Jan 2020 00:00:00 GMT', 'retry-after': 'Wed, 01 Jan 2020 00:00:30 GMT' },
    );
    expect((await fail()).retryAfterMs).toBe(30_000);
    answerError(429, {}, { 'retry-after': 'soon' });
    expect((await fail()).retryAfterMs).toBeUndefined();
  });

  test('a server that is not there is unavailable', async () => {
    expect((await fail({ baseUrl: 'http://127.0.0.1:1/v1' })).kind).toBe('unavailable');
  });

  test('stream_options are left out once a server has refused them', async () => {
    server.answer((response, body) => {
      if ('stream_options' in body) {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message: 'Unrecognized argument: stream_options' } }));
        return;
      }
      sendStream(response, [delta({ content: 'a' }), delta({}, 'stop')]);
    });
    const model = createModel();
    await model.complete(request, () => undefined, never);
    await model.complete(request, () => undefined, never);
    expect(server.bodies.map((body) => 'stream_options' in body)).toEqual([true, false, false]);
    expect(warnings).toHaveLength(1);
  });
});

describe('what is sent', () => {
  beforeEach(() => {
    server.answer((response) => {
      sendStream(response, [delta({ content: 'a' }), delta({}, 'stop')]);
    });
  });

  test('the conversation in the wire format; malformed arguments of the past as a valid object', async () => {
    const messages: ChatMessage[] = [
      { role: 'system', content: 's' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'q' },
          { type: 'image', url: 'data:image/png;base64,AA' },
        ],
      },
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'a', name: 'x', arguments: '{"k":1}' },
          { id: 'b', name: 'y', arguments: '{"k":' },
        ],
      },
      { role: 'tool', toolCallId: 'a', content: '1' },
      { role: 'tool', toolCallId: 'b', content: 'Error' },
      { role: 'assistant', content: 'done' },
    ];
    const tools = [{ name: 'x', description: 'd', parameters: { type: 'object' } }];
    await complete({}, { model: 'other', messages, tools, userId: '42' });
    expect(server.bodies[0]).toEqual({
      model: 'other',
      stream: true,
      stream_options: { include_usage: true },
      tools: [
        { type: 'function', function: { name: 'x', description: 'd', parameters: { type: 'object' } } },
      ],
      messages: [
        { role: 'system', content: 's' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'q' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'x', arguments: '{"k":1}' } },
            {
              id: 'b',
              type: 'function',
              function: { name: 'y', arguments: '{"malformed_arguments":"{\\"k\\":"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'tool', tool_call_id: 'b', content: 'Error' },
        { role: 'assistant', content: 'done' },
      ],
    });
  });

  test('a key only where there is one; nothing about the user to a server that is not OpenAI', async () => {
    await complete();
    await complete({ apiKey: 'sk-test' });
    expect(server.headers.map((headers) => headers.authorization)).toEqual([undefined, 'Bearer sk-test']);
    expect(JSON.stringify(server.bodies)).not.toContain('safety_identifier');
  });

  test('to OpenAI a keyed hash stands for the user', async () => {
    const bodies: string[] = [];
    const agent = new MockAgent();
    agent.disableNetConnect();
    agent
      .get('https://api.openai.com')
      .intercept({
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { authorization: 'Bearer sk-test' },
      })
      .reply(200, ({ body }) => {
        bodies.push(body as string);
        return delta({ content: 'a' }, 'stop');
      });
    await complete({ baseUrl: 'https://api.openai.com/v1', apiKey: 'sk-test', openConnections: () => agent });
    const body = JSON.parse(bodies[0] ?? '') as Record<string, string>;
    expect(body['safety_identifier']).toMatch(/^[0-9a-f]{64}$/);
    expect(body['prompt_cache_key']).toBe(body['safety_identifier']);
    expect(bodies[0]).not.toContain('42');
  });
});
