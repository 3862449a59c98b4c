import type { IncomingHttpHeaders } from 'node:http';
import { APIError } from 'openai/core/error';
import { ModelError } from '../errors.ts';
import type { ResponseSink } from './http-post.ts';
import type { ModelReply } from './ports.ts';
import { SseParser } from './sse-parser.ts';
import type { StreamDeadline } from './stream-deadline.ts';
import { StreamedReply } from './streamed-reply.ts';

export interface ReplyReaderOptions {
  /** Called once for all that comes at a time, the deltas joined. Must not throw. */
  readonly onText: (delta: string) => void;
  readonly deadline: Pick<StreamDeadline, 'refresh' | 'conclude' | 'finish'>;
  /** Of the tools that the model was told of. */
  readonly toolNames?: readonly string[];
}

/** Bytes of the body of a refusal that are read; the rest is left. */
const MAX_ERROR_BYTES = 64 * 1024;
/** Pieces of content before the first text that are read without a pause. */
const MAX_EAGER_PIECES = 64;
/** Bytes of an answer that a server gives unstreamed. */
const MAX_UNSTREAMED_BYTES = 16 * 1024 * 1024;

/** Thrown out of reading to close the connection of a server that does not stop by itself. */
const enough = new Error('The reply is long enough');

/** `unknown` until the first byte that says something. */
type Kind = 'unknown' | 'stream' | 'unstreamed' | 'refusal';

const BRACE = 0x7b;

/** Reads the response to a model call: an event stream, an answer in one piece, or a refusal. */
export class ReplyReader implements ResponseSink {
  readonly #onText: (delta: string) => void;
  readonly #deadline: ReplyReaderOptions['deadline'];
  readonly #reply: StreamedReply;
  readonly #parser = new SseParser((payload) => {
    this.#reply.add(payload);
  });
  #kind: Kind = 'unknown';
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #body: Buffer[] = [];
  #bodyLength = 0;
  #contentSeen = 0;
  #isConcluding = false;
  #isClosing = false;
  #isHandingOn = false;
  #hasShownText = false;

  constructor({ onText, deadline, toolNames }: ReplyReaderOptions) {
    this.#onText = onText;
    this.#deadline = deadline;
    this.#reply = new StreamedReply(toolNames);
  }

  /**
   * Until there are words to show, the person waits, and tool calls are awaited to their end. Of long reasoning or long
   * arguments a moment more is not felt.
   */
  get mayRest(): boolean {
    return this.#hasShownText || this.#contentSeen > MAX_EAGER_PIECES;
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (status >= 300 && status < 400) throw toRedirectError(status, headers);
    if (status < 200 || status >= 300) this.#kind = 'refusal';
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new ModelError('rejected', `The model server answered in ${encoding}, which was not asked for`);
    }
  }

  onChunk(received: Buffer): void {
    let chunk = received;
    if (this.#kind === 'unknown') {
      const silent = countSilentBytes(received);
      this.#count(silent);
      chunk = received.subarray(silent);
      if (chunk.length === 0) return;
      // Not every server's content type is true; no field of an event stream begins with a brace.
      this.#kind = chunk[0] === BRACE ? 'unstreamed' : 'stream';
    }
    if (this.#kind !== 'stream') {
      this.#keep(chunk);
      return;
    }
    this.#parser.push(chunk);
    if (!this.#isHandingOn) {
      this.#isHandingOn = true;
      // What the same read of the socket holds besides comes before this.
      queueMicrotask(this.#handOn);
    }
    if (this.#reply.isFull) throw enough;
  }

  onEnd(): void {
    this.#isClosing = true;
  }

  /**
   * The response has ended, or broke with `error`. Throws that error, ModelError, or APIError where the server
   * refused; what breaks after the model's end costs nothing but the connection. `model`: what was asked for.
   */
  end(model: string, error?: Error): ModelReply {
    const isCut = error !== undefined && error !== enough;
    if (isCut && !this.#reply.isFinished) throw error;
    if (this.#kind === 'refusal') throw toApiError(this.#status, this.#text(), this.#headers);
    if (this.#kind === 'unstreamed') this.#reply.addWhole(this.#text());
    else if (!isCut) this.#parser.end();
    const reply = this.#reply.end(model);
    this.#handOn();
    return reply;
  }

  readonly #handOn = (): void => {
    this.#isHandingOn = false;
    if (this.#reply.contentCount > this.#contentSeen && !this.#isClosing) {
      this.#contentSeen = this.#reply.contentCount;
      this.#deadline.refresh();
    }
    if (this.#reply.isDone && !this.#isClosing) {
      this.#isClosing = true;
      this.#deadline.finish();
    } else if (this.#reply.isFinished && !this.#isConcluding && !this.#isClosing) {
      this.#isConcluding = true;
      this.#deadline.conclude();
    }
    const text = this.#reply.takeText();
    if (text === '') return;
    this.#hasShownText = true;
    this.#onText(text);
  };

  #keep(chunk: Buffer): void {
    this.#body.push(chunk);
    this.#count(chunk.byteLength);
  }

  #count(bytes: number): void {
    this.#bodyLength += bytes;
    if (this.#kind === 'refusal' && this.#bodyLength > MAX_ERROR_BYTES) throw enough;
    if (this.#bodyLength > MAX_UNSTREAMED_BYTES) {
      throw new ModelError(
        'interrupted',
        `The model's answer is longer than ${MAX_UNSTREAMED_BYTES} bytes in one piece`,
      );
    }
  }

  #text(): string {
    return Buffer.concat(this.#body).toString();
  }
}

/** White space and a byte order mark may come before either kind of answer. */
function countSilentBytes(chunk: Buffer): number {
  let count = 0;
  while (count < chunk.length && isSilent(chunk[count])) count += 1;
  return count;
}

function isSilent(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || isOfByteOrderMark(byte);
}

function isOfByteOrderMark(byte: number | undefined): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}

/** As the SDK does it of the responses that it reads itself. */
function toApiError(status: number, body: string, headers: IncomingHttpHeaders): APIError {
  const error = parseObject(body);
  const text = error === undefined ? body.slice(0, 2_000) : undefined;
  return APIError.generate(status, error, text, toHeaders(headers));
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result.set(name, String(value));
  }
  return result;
}

/** A redirected POST loses its body or its key; whoever set the address can set the right one. */
function toRedirectError(status: number, headers: IncomingHttpHeaders): ModelError {
  const target = URL.parse(headers.location ?? '')?.origin ?? 'elsewhere';
  return new ModelError('rejected', `The model server sends requests on to ${target}; set its own address`, {
    context: { status },
  });
}
