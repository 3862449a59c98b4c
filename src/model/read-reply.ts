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
  readonly deadline: Pick<StreamDeadline, 'refresh' | 'finish'>;
}

/** Bytes of the body of a refusal that are read; the rest is left. */
const MAX_ERROR_BYTES = 64 * 1024;
/** Bytes of an answer that a server gives unstreamed. */
const MAX_UNSTREAMED_BYTES = 16 * 1024 * 1024;

/** Thrown out of reading to close the connection of a server that does not stop by itself. */
const enough = new Error('The reply is long enough');

type Kind = 'stream' | 'unstreamed' | 'refusal';

/** Reads the response to a model call: an event stream, an answer in one piece, or a refusal. */
export class ReplyReader implements ResponseSink {
  readonly #onText: (delta: string) => void;
  readonly #deadline: ReplyReaderOptions['deadline'];
  readonly #reply = new StreamedReply();
  readonly #parser = new SseParser((payload) => {
    this.#reply.add(payload);
  });
  #kind: Kind = 'stream';
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #body: Buffer[] = [];
  #bodyLength = 0;
  #contentSeen = 0;
  #isClosing = false;
  #isHandingOn = false;

  constructor({ onText, deadline }: ReplyReaderOptions) {
    this.#onText = onText;
    this.#deadline = deadline;
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (status >= 300 && status < 400) throw toRedirectError(status, headers);
    if (status < 200 || status >= 300) this.#kind = 'refusal';
    else if ((headers['content-type'] ?? '').includes('application/json')) this.#kind = 'unstreamed';
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new ModelError('rejected', `The model server answered in ${encoding}, which was not asked for`);
    }
  }

  onChunk(chunk: Buffer): void {
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
    if (this.#kind === 'unstreamed') this.#reply.add(this.#text());
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
    }
    const text = this.#reply.takeText();
    if (text !== '') this.#onText(text);
  };

  #keep(chunk: Buffer): void {
    this.#body.push(chunk);
    this.#bodyLength += chunk.byteLength;
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
