import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelError } from '../../src/errors.ts';
import { ChatCompletionsModel } from '../../src/model/chat-completions.ts';
import { PacedConnections } from '../../src/model/paced-connections.ts';
import type { Model, ModelReply } from '../../src/model/ports.ts';
import { delta, done } from './model-server.ts';
import { ignore, never, request } from './scripted-calls.ts';

/** Answers a request; `index`: the how manieth of its connection, from 0. */
type Answer = (socket: Socket, index: number) => void | Promise<void>;

let server: Server;
let sockets: Socket[];
let heads: string[];
let answer: Answer;

beforeEach(async () => {
  sockets = [];
  heads = [];
  server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    let received = '';
    let count = 0;
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      const end = received.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
      if (end === -1 || received.length < end + 4 + length) return;
      heads.push(received.slice(0, end));
      received = '';
      Promise.resolve(answer(socket, count)).catch((error: unknown) => socket.destroy(error as Error));
      count += 1;
    });
    // Clients that go away are part of the tests.
    socket.on('error', ignore);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

function createModel(options: { firstTokenTimeoutMs?: number; streamIdleTimeoutMs?: number } = {}): Model {
  return new ChatCompletionsModel({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    model: 'm',
    firstTokenTimeoutMs: 2_000,
    streamIdleTimeoutMs: 2_000,
    userHashKey: 'key',
    openConnections: (origin) => new PacedConnections(origin),
    ...options,
  });
}

const ask = (model: Model = createModel()): Promise<ModelReply> => model.complete(request, ignore, never);

async function fail(model: Model = createModel()): Promise<ModelError> {
  return ask(model).then(
    () => expect.fail('the call should have failed'),
    (error: unknown) => error as ModelError,
  );
}

const STREAM = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';
const whole = (text: string): string => delta({ content: text }) + delta({}, 'stop') + done;

function send(socket: Socket, body: string): void {
  socket.write(`${STREAM}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** As chunks of HTTP. */
function toChunks(body: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([
    Buffer.from(`${STREAM}transfer-encoding: chunked\r\n\r\n`),
    ...parts,
    Buffer.from('0\r\n\r\n'),
  ]);
}

test.each([1, 2, 3, 7])('an answer in chunks of %i bytes, cut within characters and lines', async (size) => {
  const text = 'Grüße 🔥 日本 "quoted"\n';
  answer = (socket) => {
    socket.write(toChunks(Buffer.from(whole(text)), size));
  };
  expect((await ask()).text).toBe(text);
});

test('an answer in packets of a few bytes', async () => {
  const bytes = toChunks(Buffer.from(whole('é🔥')), 10_000);
  answer = async (socket) => {
    for (let at = 0; at < bytes.length; at += 40) {
      socket.write(bytes.subarray(at, at + 40));
      await sleep(1);
    }
  };
  expect((await ask()).text).toBe('é🔥');
});

test('asks for no packing and says nothing of the machine; what is packed all the same is a clear error', async () => {
  answer = (socket) => {
    socket.write(`${STREAM}content-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc`);
  };
  expect(await fail()).toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('gzip') as string,
  });
  expect(heads[0]).toMatch(/accept-encoding: identity/i);
  expect(heads[0]).not.toMatch(/x-stainless/i);
});

describe('a connection that breaks', () => {
  test('closed by the server between two calls, it costs the second nothing', async () => {
    answer = (socket, index) => {
      if (index === 0) send(socket, whole('a'));
      else socket.resetAndDestroy();
    };
    const model = createModel();
    expect((await ask(model)).text).toBe('a');
    await sleep(10);
    expect((await ask(model)).text).toBe('a');
    expect(heads).toHaveLength(3);
  });

  test('closed by a server that was started anew, all of them cost nothing', async () => {
    answer = async (socket, index) => {
      await sleep(10);
      if (index === 0) send(socket, whole('a'));
      else socket.resetAndDestroy();
    };
    const model = createModel();
    for (let round = 0; round < 2; round += 1) {
      const replies = await Promise.all([ask(model), ask(model), ask(model)]);
      expect(replies.map(({ text }) => text)).toEqual(['a', 'a', 'a']);
      await sleep(10);
    }
    expect(heads).toHaveLength(9);
  });

  test('a request is sent again once, not on and on', async () => {
    answer = (socket) => {
      socket.resetAndDestroy();
    };
    expect((await fail()).kind).toBe('unavailable');
    expect(heads).toHaveLength(2);
  });

  test('in the middle of an answer it is an interruption, and nothing is sent again', async () => {
    answer = async (socket) => {
      socket.write(`${STREAM}transfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n`);
      await sleep(20);
      socket.resetAndDestroy();
    };
    expect((await fail()).kind).toBe('interrupted');
    expect(heads).toHaveLength(1);
  });

  test('an answer shorter than it said is an interruption', async () => {
    answer = (socket) => {
      socket.end(`${STREAM}content-length: 9999\r\n\r\n${delta({ content: 'a' })}`);
    };
    expect((await fail()).kind).toBe('interrupted');
  });

  test('what is no HTTP is no answer', async () => {
    answer = (socket) => {
      socket.end('SSH-2.0-OpenSSH\r\n');
    };
    expect((await fail()).kind).toBe('unavailable');
  });
});

describe('FAULTS 12: a stream that stalls', () => {
  const closed = async (): Promise<void> => {
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true);
  };

  test('without a head ends at the deadline for the first token, and closes its connection', async () => {
    answer = ignore;
    expect((await fail(createModel({ firstTokenTimeoutMs: 40 }))).kind).toBe('stalled');
    await closed();
  });

  test('in the middle ends at the idle deadline, and closes its connection', async () => {
    answer = (socket) => {
      const piece = delta({ content: 'a' });
      socket.write(`${STREAM}transfer-encoding: chunked\r\n\r\n${piece.length.toString(16)}\r\n${piece}\r\n`);
    };
    expect((await fail(createModel({ streamIdleTimeoutMs: 40 }))).kind).toBe('stalled');
    await closed();
  });

  test('a refusal whose body never ends does so too', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 500 Oops\r\ncontent-length: 100\r\n\r\nhalf');
    };
    expect((await fail(createModel({ firstTokenTimeoutMs: 40 }))).kind).toBe('stalled');
    await closed();
  });

  test('abort while connecting, while waiting and in the stream ends the call at once', async () => {
    const abort = new AbortController();
    answer = ignore;
    const model = createModel();
    const calls = [1, 2].map(() => model.complete(request, ignore, abort.signal));
    const settled = Promise.allSettled(calls);
    await expect.poll(() => heads.length).toBe(2);
    const late = model.complete(request, ignore, abort.signal);
    abort.abort(new Error('enough'));
    await expect(late).rejects.toThrow('enough');
    for (const result of await settled) expect(result).toMatchObject({ reason: { message: 'enough' } });
    await closed();
  });
});

describe('what a server may answer', () => {
  const respond = (status: string, body: string, headers = ''): void => {
    answer = (socket) => {
      socket.write(`HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`);
    };
  };

  test('a refusal keeps its words, also where they are no JSON', async () => {
    respond('400 Bad Request', '{"error":{"message":"no such thing","code":"nope"}}');
    expect(await fail()).toMatchObject({ kind: 'rejected', context: { status: 400, code: 'nope' } });
    respond('502 Bad Gateway', '<html>upstream down</html>', 'x-request-id: r1\r\n');
    const error = await fail();
    expect(error).toMatchObject({ kind: 'unavailable', context: { status: 502, requestId: 'r1' } });
    expect(error.message).toContain('upstream down');
  });

  test('of a huge refusal only the beginning is read', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n');
      const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
      const write = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', write);
      write();
    };
    const error = await fail();
    expect(error.kind).toBe('unavailable');
    expect(error.message.length).toBeLessThan(3_000);
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
  });

  test('a huge answer in one piece is refused', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
      const chunk = `100000\r\n${' '.repeat(0x10_00_00)}\r\n`;
      const write = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', write);
      write();
    };
    expect((await fail()).kind).toBe('interrupted');
  });

  test('a redirect is refused with the address to set, and the key goes nowhere else', async () => {
    respond('308 Permanent Redirect', '', 'location: https://elsewhere.example/v1/chat?secret=1\r\n');
    const error = await fail();
    expect(error.kind).toBe('rejected');
    expect(error.message).toContain('https://elsewhere.example;');
    expect(error.message).not.toContain('secret');
  });
});

test('calls at once have a connection each, and later calls use those', async () => {
  answer = async (socket) => {
    await sleep(10);
    send(socket, whole('a'));
  };
  const model = createModel();
  await Promise.all(Array.from({ length: 20 }, () => ask(model)));
  expect(sockets).toHaveLength(20);
  await sleep(10);
  await Promise.all(Array.from({ length: 20 }, () => ask(model)));
  expect(sockets).toHaveLength(20);
});
