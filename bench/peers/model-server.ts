/**
 * A model server for benchmarks, in a process of its own. HTTP by hand over plain sockets and answers made
 * beforehand, so that it costs less than any client of it. Tokens are due by the clock: one that is late goes out
 * together with the next. Sends `{ port }` to its parent, and ServerStats whenever the parent sends anything.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { ANSWER_TOKENS, FIRST_TOKEN_MS, MODEL, TOKEN_MS, TOOLS, TOOL_CALL_PIECE_MS } from './task.ts';

export interface ServerStats {
  readonly requests: number;
  /** Requests that no correct contender makes. */
  readonly invalid: number;
  /** How late the first token of a stream was sent, at most. */
  readonly maxLateMs: number;
  readonly cpuMs: number;
}

/** A whole response and where each write of it ends. */
interface Answer {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
  readonly pieceMs: number;
}

interface Stream {
  readonly socket: Socket;
  readonly answer: Answer;
  readonly startAt: number;
  sent: number;
}

const TICK_MS = 2;
const MIDDLE_OF_HEADERS = /\r\ncontent-length: *(\d+)/i;

const toEvent = (delta: object, finishReason: string | null = null): string => {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return toData({ ...CHUNK, choices });
};
const toData = (payload: object): string => `data: ${JSON.stringify(payload)}\n\n`;
const CHUNK = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_760_000_000, model: MODEL };
const USAGE = { prompt_tokens: 200, completion_tokens: 40, total_tokens: 240 };

function toAnswer(events: readonly string[], pieceMs: number, finishReason: string, usage: boolean): Answer {
  const head =
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n' +
    'connection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n';
  const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
  const last =
    chunk(toEvent({}, finishReason)) +
    (usage ? chunk(toData({ ...CHUNK, choices: [], usage: USAGE })) : '') +
    `${chunk('data: [DONE]\n\n')}0\r\n\r\n`;
  const first = head + chunk(toEvent({ role: 'assistant', content: '' }));
  const writes = events.map((event, index) => {
    const before = index === 0 ? first : '';
    return before + chunk(event) + (index === events.length - 1 ? last : '');
  });
  let length = 0;
  const ends = writes.map((write) => (length += Buffer.byteLength(write)));
  return { bytes: Buffer.from(writes.join('')), ends, pieceMs };
}

const toolCallEvents = TOOLS.flatMap(({ name, call }, index) => [
  toEvent({ tool_calls: [{ index, id: call.id, type: 'function', function: { name, arguments: '' } }] }),
  toEvent({ tool_calls: [{ index, function: { arguments: call.arguments } }] }),
]);
const textEvents = ANSWER_TOKENS.map((content) => toEvent({ content }));
const answers = [false, true].map((usage) => ({
  toolCalls: toAnswer(toolCallEvents, TOOL_CALL_PIECE_MS, 'tool_calls', usage),
  text: toAnswer(textEvents, TOKEN_MS, 'stop', usage),
}));

let streams: Stream[] = [];
let isTicking = false;
let requests = 0;
let invalid = 0;
let maxLateMs = 0;

function tick(): void {
  const now = performance.now();
  const going: Stream[] = [];
  for (const stream of streams) {
    if (stream.socket.destroyed) continue;
    const { ends, bytes, pieceMs } = stream.answer;
    if (now < stream.startAt) {
      going.push(stream);
      continue;
    }
    const due = Math.min(Math.floor((now - stream.startAt) / pieceMs) + 1, ends.length);
    if (due > stream.sent) {
      if (stream.sent === 0) maxLateMs = Math.max(maxLateMs, now - stream.startAt);
      stream.socket.write(bytes.subarray(stream.sent === 0 ? 0 : ends[stream.sent - 1], ends[due - 1]));
      stream.sent = due;
    }
    if (due < ends.length) going.push(stream);
  }
  streams = going;
  isTicking = streams.length > 0;
  if (isTicking) setTimeout(tick, TICK_MS);
}

function answer(socket: Socket, head: string, body: string): void {
  requests += 1;
  const results = TOOLS.map(({ result }) => body.indexOf(result));
  const isSecond = body.includes('"role":"tool"');
  const hasResultsInOrder = results.every((at, index) => at > (results[index - 1] ?? 0));
  const isStreaming =
    body.includes('"stream":true') && TOOLS.every(({ name }) => body.includes(`"name":"${name}"`));
  if (!head.startsWith('POST /v1/chat/completions ') || !isStreaming || isSecond !== hasResultsInOrder) {
    invalid += 1;
    process.stderr.write(
      `model server: unexpected request\n${head.slice(0, 200)}\n${body.slice(0, 3_000)}\n`,
    );
    socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  const kind = answers[body.includes('"include_usage":true') ? 1 : 0];
  if (kind === undefined) return;
  const startAt = performance.now() + FIRST_TOKEN_MS;
  streams.push({ socket, answer: isSecond ? kind.text : kind.toolCalls, startAt, sent: 0 });
  if (!isTicking) {
    isTicking = true;
    setTimeout(tick, TICK_MS);
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (data: string) => {
    received += data;
    const endOfHead = received.indexOf('\r\n\r\n');
    if (endOfHead === -1) return;
    const length = Number(MIDDLE_OF_HEADERS.exec(received.slice(0, endOfHead))?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      invalid += 1;
      socket.end('HTTP/1.1 411 Length Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const end = endOfHead + 4 + length;
    if (received.length < end) return;
    const request = received;
    received = received.slice(end);
    answer(socket, request.slice(0, endOfHead), request.slice(endOfHead + 4, end));
  });
  // A client that goes away in the middle of a stream is no fault of the server.
  socket.on('error', () => socket.destroy());
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 16_384 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ requests, invalid, maxLateMs, cpuMs: (user + system) / 1_000 } satisfies ServerStats);
});
process.on('disconnect', () => process.exit(0));
