import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelError } from '../../src/errors.ts';
import { ChatCompletionsModel } from '../../src/model/chat-completions.ts';
import type { ModelReply } from '../../src/model/ports.ts';
import { delta, done, event, sendStream, startModelServer, type ModelServer } from './model-server.ts';

let server: ModelServer;

beforeEach(async () => {
  server = await startModelServer();
});
afterEach(async () => {
  await server.stop();
});

const toolNames = ['look', 'get_weather', 'news'];

/** What comes of a response: the reply, or the error with what was shown before it. */
async function ask(respond: (response: ServerResponse) => void) {
  server.answer(respond);
  const model = new ChatCompletionsModel({
    baseUrl: server.baseUrl,
    model: 'asked',
    firstTokenTimeoutMs: 30_000,
    streamIdleTimeoutMs: 30_000,
    userHashKey: 'key',
  });
  const tools = toolNames.map((name) => ({ name, description: name, parameters: { type: 'object' } }));
  let shown = '';
  try {
    const request = { messages: [{ role: 'user' as const, content: 'q' }], tools, userId: '1' };
    const reply = await model.complete(request, (text) => (shown += text), new AbortController().signal);
    expect(shown).toBe(reply.text);
    return reply;
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { error: error.kind, message: error.message, shown };
  }
}

const stream =
  (...events: readonly string[]) =>
  (response: ServerResponse): void => {
    sendStream(response, events);
  };
const whole =
  (type: string, body: string) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': type }).end(body);
  };
const choice = (fields: Record<string, unknown>): string => event({ choices: [fields] });
const message = { role: 'assistant', content: 'Hello' };
const hello = { text: 'Hello', toolCalls: [], finishReason: 'stop' } as const;
const wholeHello = JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] });
const stop = delta({}, 'stop');

describe('FAULTS 17: an answer is understood', () => {
  test.each<[string, (response: ServerResponse) => void, Partial<ModelReply>]>([
    ['that ends with [DONE] and no reason', stream(delta({ content: 'Hello' }), done), hello],
    ['with white space around [DONE]', stream(delta({ content: 'Hello' }), event(' [DONE] ')), hello],
    [
      'with empty events between its pieces',
      stream(delta({ content: 'Hel' }), event(''), event(' '), delta({ content: 'lo' }), stop, done),
      hello,
    ],
    [
      'with lines in CR LF, a byte order mark and comments',
      (response) => {
        const lines = `\uFEFF: hi\r\n\r\n${(delta({ content: 'Hello' }) + stop + done).replaceAll('\n', '\r\n')}`;
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(lines);
      },
      hello,
    ],
    [
      'with an event cut over several data lines',
      stream(
        'data: {"choices":[{"index":0,\ndata: "delta":{"content":"Hello"},\ndata: "finish_reason":"stop"}]}\n\n',
      ),
      hello,
    ],
    [
      'without blank lines between its events',
      stream((delta({ content: 'Hel' }) + delta({ content: 'lo' }) + stop + done).replaceAll('\n\n', '\n')),
      hello,
    ],
    [
      'whose choices carry no index, or null',
      stream(
        choice({ index: null, delta: { content: 'Hel' } }),
        choice({ delta: { content: 'lo' }, finish_reason: 'stop' }),
      ),
      hello,
    ],
    [
      'of which the first counts where there are several',
      stream(
        event({ choices: [{ delta: { content: 'Hello' } }, { delta: { content: 'Other' } }] }),
        event({ choices: [{ index: 1, delta: { content: 'Other' } }] }),
        done,
      ),
      hello,
    ],
    [
      'among chunks with nothing in them',
      stream(
        event({ choices: [] }),
        event({ choices: null }),
        event({ choices: [null] }),
        event('null'),
        choice({ index: 0, delta: null }),
        delta({ content: null, tool_calls: null, function_call: null, refusal: null, reasoning: null }),
        event({ error: false, choices: [{ index: 0, delta: { content: 'Hello' }, error: null }] }),
        stop,
      ),
      hello,
    ],
    [
      'whose last chunk repeats the message',
      stream(
        delta({ content: 'Hel' }),
        delta({ content: 'lo' }),
        choice({ index: 0, delta: null, message, finish_reason: 'stop' }),
      ),
      hello,
    ],
    [
      'whose only chunk is a message',
      stream(choice({ index: 0, delta: {}, message, finish_reason: 'stop' })),
      hello,
    ],
    [
      'with content in parts',
      stream(delta({ content: [{ type: 'text', text: 'Hello' }, null] }), stop),
      hello,
    ],
    ['in one piece', whole('application/json', wholeHello), hello],
    ['in one piece under another type', whole('text/plain', `\n${wholeHello}`), hello],
    ['in one piece behind a byte order mark', whole('text/event-stream', `\uFEFF${wholeHello}`), hello],
    [
      'in one piece without a reason',
      whole('application/json', JSON.stringify({ choices: [{ message }] })),
      hello,
    ],
    [
      'streamed under the type of JSON',
      whole('application/json', delta({ content: 'Hello' }) + stop + done),
      hello,
    ],
    [
      'of which only the reasoning came',
      stream(delta({ reasoning_content: 'hm' }), stop, done),
      { text: '', finishReason: 'stop' },
    ],
    ['that is empty', stream(event({ choices: [] }), done), { text: '', finishReason: 'stop' }],
    [
      'cut by a filter',
      stream(delta({ content: 'Hello' }), delta({}, 'SAFETY')),
      { text: 'Hello', finishReason: 'content-filter' },
    ],
    [
      'cut by its length',
      stream(delta({ content: 'Hello' }), delta({}, 'MAX_TOKENS')),
      { text: 'Hello', finishReason: 'length' },
    ],
    [
      'with an error behind its end',
      stream(delta({ content: 'Hello' }, 'stop'), event({ error: { message: 'too late' } })),
      hello,
    ],
  ])('%s', async (_, respond, expected) => {
    expect(await ask(respond)).toMatchObject(expected);
  });

  test.each<[string, unknown]>([
    ['missing numbers', { prompt_tokens: null }],
    ['a list', [1, 2]],
    ['words', { prompt_tokens: '11', completion_tokens: '7' }],
    ['a negative number', { prompt_tokens: -1 }],
    ['a fraction', { prompt_tokens: 1.5 }],
  ])('whose usage is %s, which is then estimated', async (_, usage) => {
    const reply = await ask(stream(delta({ content: 'Hello' }, 'stop'), event({ choices: [], usage }), done));
    expect(reply).toMatchObject(hello);
    expect(reply).not.toHaveProperty('usage');
  });

  test('whose usage comes with each chunk: the last one counts', async () => {
    const withUsage = (content: string, tokens: number): string =>
      event({
        choices: [{ index: 0, delta: { content } }],
        usage: { prompt_tokens: 3, completion_tokens: tokens },
      });
    const reply = await ask(stream(withUsage('Hel', 1), withUsage('lo', 2), done));
    expect(reply).toMatchObject({ ...hello, usage: { inputTokens: 3, outputTokens: 2 } });
  });

  test('whose server finishes and then says no more: it is not waited for to its deadline', async () => {
    const startedAt = performance.now();
    const reply = await ask((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta({ content: 'Hello' }) + stop);
    });
    expect(reply).toMatchObject(hello);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('that says with each piece that it has finished, and pauses', async () => {
    const reply = await ask((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta({ content: 'Hel' }, 'stop'));
      setTimeout(() => response.write(delta({ content: 'l' }, 'stop')), 300);
      setTimeout(() => response.end(delta({ content: 'o' }, 'stop') + done), 1_600);
    });
    expect(reply).toMatchObject(hello);
  });

  test('with tool calls in pieces of any kind', async () => {
    const named = (name: string, more: object = {}): object => ({
      ...more,
      function: { name, arguments: '' },
    });
    const names = async (...deltas: readonly (readonly object[])[]): Promise<unknown> => {
      const events = deltas.map((tool_calls) => delta({ tool_calls }));
      const reply = await ask(stream(...events, delta({}, 'stop'), done));
      return 'toolCalls' in reply ? reply.toolCalls.map(({ name }) => name) : reply;
    };
    expect(await names([named('look')], [named('news')])).toEqual(['look', 'news']);
    expect(await names([named('look'), named('news')])).toEqual(['look', 'news']);
    expect(await names([named('get_', { index: 0, id: 'a' })], [named('weather', { index: 0 })])).toEqual([
      'get_weather',
    ]);
  });
});

describe('FAULTS 17: an answer that is none is an error with its reason', () => {
  test.each<[string, (response: ServerResponse) => void, object]>([
    ['a stream with nothing in it', stream(), { error: 'interrupted', shown: '' }],
    ['a page', whole('text/html', '<html>Log in</html>'), { error: 'interrupted' }],
    ['something else in JSON', whole('application/json', '{"detail":"gone"}'), { error: 'interrupted' }],
    [
      'half an answer in one piece',
      whole('application/json', wholeHello.slice(0, -9)),
      { error: 'interrupted' },
    ],
    [
      'an error in words',
      stream(delta({ content: 'Hel' }), event({ error: 'overloaded' })),
      { error: 'interrupted', shown: 'Hel', message: 'The model server broke off: overloaded' },
    ],
    [
      'a chunk that is an error',
      stream(event({ object: 'error', message: 'no such model', code: 404 })),
      { error: 'rejected', message: 'The model server broke off: no such model' },
    ],
    [
      'an error within a choice',
      stream(choice({ index: 0, error: { message: 'upstream', code: 502 }, finish_reason: 'error' })),
      { error: 'interrupted', message: 'The model server broke off: upstream' },
    ],
    [
      'an error in one piece',
      whole('application/json', '{"error":{"message":"bad key","code":401}}'),
      { error: 'unauthorized' },
    ],
    [
      'an error of a filter',
      stream(event({ error: { message: 'no', code: 'content_filter' } })),
      { error: 'filtered' },
    ],
    [
      'a question that a filter refuses',
      (response) => {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end('{"error":{"message":"The response was filtered","code":"content_filter"}}');
      },
      { error: 'filtered' },
    ],
    [
      'a question that a moderation refuses',
      (response) => {
        response.writeHead(403, { 'content-type': 'application/json' });
        response.end('{"error":{"message":"Your input was flagged","code":403}}');
      },
      { error: 'filtered' },
    ],
    ...['error', 'insufficient_system_resource', 'abort'].map(
      (reason) =>
        [
          `an end that the server made: ${reason}`,
          stream(delta({ content: 'Hel' }), delta({}, reason), done),
          { error: 'interrupted', shown: 'Hel' },
        ] as [string, (response: ServerResponse) => void, object],
    ),
  ])('%s', async (_, respond, expected) => {
    expect(await ask(respond)).toMatchObject(expected);
  });
});
