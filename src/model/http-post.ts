import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { ModelError } from '../errors.ts';
import type { ConnectionHandler, Connections } from './connections.ts';

export interface PostRequest {
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Takes a response in, synchronously. What it throws ends the exchange and closes the connection. */
export interface ResponseSink {
  /** Once, before any piece. */
  onHead(status: number, headers: IncomingHttpHeaders): void;
  onChunk(chunk: Buffer): void;
  /** After the last piece of a response that came whole. */
  onEnd(): void;
  /** Nobody waits for the next piece: it may be a little late. */
  readonly mayRest: boolean;
}

/** How a connection dies that the server closed while nothing was under way. */
const STALE_CODES: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
/** A connection that was dead before the request is known to be so within a round trip. */
const STALE_WITHIN_MS = 1_000;

/** For the dispatcher alone: whoever waits has the real reason already. */
const OVER = new Error('The exchange is over');

/**
 * One POST. Below promises and streams: the dispatcher calls back synchronously with each piece of the response. A
 * request that met a connection which the server had closed meanwhile is sent again, once, over a new one.
 */
export class HttpPost implements ConnectionHandler {
  readonly #connections: Connections;
  readonly #request: PostRequest;
  readonly #sink: ResponseSink;
  readonly #done: PromiseWithResolvers<void> = Promise.withResolvers();
  #controller: Dispatcher.DispatchController | undefined;
  #startedAt: number | undefined;
  #hasHead = false;
  #isResent = false;
  #isOver = false;

  constructor(connections: Connections, request: PostRequest, sink: ResponseSink) {
    this.#connections = connections;
    this.#request = request;
    this.#sink = sink;
    this.#dispatch();
  }

  /**
   * Resolves at the end of the response. Rejects with ModelError (`unavailable` before the response began,
   * `interrupted` in it), with what the sink threw, or with the reason given to `abort`.
   */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  get mayRest(): boolean {
    return this.#sink.mayRest;
  }

  /** Ends the exchange at once and closes its connection; nothing more reaches the sink. */
  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#done.reject(reason);
    this.#controller?.abort(OVER);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#startedAt = performance.now();
    if (this.#isOver) controller.abort(OVER);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.#isOver) return;
    this.#hasHead = true;
    try {
      this.#sink.onHead(status, headers);
    } catch (error) {
      this.abort(error);
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#sink.onChunk(chunk);
    } catch (error) {
      this.abort(error);
    }
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.onEnd();
    this.#done.resolve();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    if (this.#isStale(error)) {
      this.#isResent = true;
      this.#controller = undefined;
      this.#dispatch();
      return;
    }
    this.#isOver = true;
    this.#done.reject(
      this.#hasHead
        ? new ModelError('interrupted', 'The connection to the model server broke', { cause: error })
        : new ModelError('unavailable', 'The model server could not be reached', { cause: error }),
    );
  }

  #dispatch(): void {
    const options = { ...this.#request, method: 'POST' };
    if (this.#isResent && this.#connections.dispatchAnew) this.#connections.dispatchAnew(options, this);
    else this.#connections.dispatch(options, this);
  }

  #isStale(error: Error): boolean {
    if (this.#hasHead || this.#isResent || this.#startedAt === undefined) return false;
    const isQuick = performance.now() - this.#startedAt < STALE_WITHIN_MS;
    return isQuick && 'code' in error && STALE_CODES.has(error.code);
  }
}
