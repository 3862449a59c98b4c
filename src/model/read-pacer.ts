import type { Socket } from 'node:net';

/** A piece of this size or more says that much is on its way, which is read without a pause. */
const LARGE_BYTES = 16 * 1024;
/** More are woken in a further turn of the event loop, so that no turn is long. */
const MAX_WOKEN_AT_ONCE = 64;
/** Where somebody waits for what comes, a rest grows with the open sockets by this share of what others' does. */
const AWAITED_SHARE = 0.2;

const REST = Symbol('rest');

/** What is read from a socket. */
export interface PacedStream {
  /** Nobody waits for what comes next: it may be late. */
  readonly mayRest: boolean;
}

/** A socket in the pace. */
export interface PacedSocket extends Socket {
  [REST]: Rest;
}

/** Where a socket stands. One shape and shared functions for all, so that the engine treats all sockets alike. */
interface Rest {
  readonly pacer: ReadPacer;
  readonly stream: PacedStream;
  readonly push: Socket['push'];
  readonly read: Socket['_read'];
  isResting: boolean;
  /** The stream wants more. */
  isAsked: boolean;
}

/**
 * Reads what arrives on sockets in strides: after a piece, a socket rests a moment, and what came meanwhile is read
 * as one. Tokens come in packets of a few bytes, a hundred times a second and stream, and each packet that is read
 * by itself costs a way through the event loop. The rest is a millisecond for each open socket, at most `maxRestMs`;
 * so a few streams are read at once, and many pay a delay that nobody sees for half of their CPU. Until a stream has
 * what somebody waits for, the first words of an answer, it rests for a fifth of that.
 */
export class ReadPacer {
  readonly #maxRestMs: number;
  readonly #patient = new RestGroup();
  readonly #awaited = new RestGroup();
  #open = 0;

  constructor(maxRestMs: number) {
    this.#maxRestMs = maxRestMs;
  }

  /** Takes a socket into the pace until it closes. */
  pace(socket: Socket, stream: PacedStream): PacedSocket {
    const rest: Rest = {
      pacer: this,
      stream,
      push: socket.push.bind(socket),
      read: socket._read.bind(socket),
      isResting: false,
      isAsked: false,
    };
    const paced = Object.assign(socket, { [REST]: rest });
    paced.push = pushAndRest;
    paced._read = readUnlessResting;
    this.#open += 1;
    paced.once('close', () => {
      this.#open -= 1;
    });
    return paced;
  }

  /** False where there is no need to. */
  rest(socket: PacedSocket, isAwaited: boolean): boolean {
    const wishedMs = isAwaited ? Math.floor(this.#open * AWAITED_SHARE) : this.#open;
    if (wishedMs === 0) return false;
    (isAwaited ? this.#awaited : this.#patient).add(socket, Math.min(wishedMs, this.#maxRestMs));
    return true;
  }
}

/** Sockets that rest together: the first one says for how long, so that one timer wakes them all. */
class RestGroup {
  #resting: PacedSocket[] = [];
  #isTimed = false;

  add(socket: PacedSocket, restMs: number): void {
    this.#resting.push(socket);
    if (this.#isTimed) return;
    this.#isTimed = true;
    setTimeout(this.#wake, restMs).unref();
  }

  readonly #wake = (): void => {
    const due = this.#resting.splice(0, MAX_WOKEN_AT_ONCE);
    this.#isTimed = this.#resting.length > 0;
    if (this.#isTimed) setImmediate(this.#wake).unref();
    for (const socket of due) wake(socket);
  };
}

/** A stream that answers false is not read until it asks again, which it does by `_read`. */
function pushAndRest(this: PacedSocket, chunk: Buffer | null, encoding?: BufferEncoding): boolean {
  const rest = this[REST];
  const wantsMore = rest.push(chunk, encoding);
  if (chunk === null || chunk.length >= LARGE_BYTES) return wantsMore;
  if (!rest.pacer.rest(this, !rest.stream.mayRest)) return wantsMore;
  rest.isResting = true;
  return false;
}

function readUnlessResting(this: PacedSocket, size: number): void {
  const rest = this[REST];
  if (rest.isResting) rest.isAsked = true;
  else rest.read(size);
}

/** Ends a rest, where there is one. */
export function wake(socket: PacedSocket): void {
  const rest = socket[REST];
  rest.isResting = false;
  if (!rest.isAsked || socket.destroyed) return;
  rest.isAsked = false;
  rest.read(0);
}
