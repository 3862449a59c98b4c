import type { Socket } from 'node:net';

/** A piece of this size or more says that much is on its way, which is read without a pause. */
const LARGE_BYTES = 16 * 1024;

const REST = Symbol('rest');

interface PacedSocket extends Socket {
  [REST]: Rest;
}

/** Where a socket stands. One shape and shared functions for all, so that the engine treats all sockets alike. */
interface Rest {
  readonly pacer: ReadPacer;
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
 * so a few streams are read at once, and many pay a delay that nobody sees for half of their CPU.
 */
export class ReadPacer {
  readonly #maxRestMs: number;
  #open = 0;
  #resting: PacedSocket[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(maxRestMs: number) {
    this.#maxRestMs = maxRestMs;
  }

  /** Takes a socket into the pace until it closes. */
  pace(socket: Socket): void {
    const rest: Rest = {
      pacer: this,
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
  }

  rest(socket: PacedSocket): void {
    this.#resting.push(socket);
    this.#timer ??= setTimeout(this.#wakeAll, Math.min(this.#maxRestMs, this.#open)).unref();
  }

  readonly #wakeAll = (): void => {
    this.#timer = undefined;
    const due = this.#resting;
    this.#resting = [];
    for (const socket of due) wake(socket);
  };
}

/** A stream that answers false is not read until it asks again, which it does by `_read`. */
function pushAndRest(this: PacedSocket, chunk: Buffer | null, encoding?: BufferEncoding): boolean {
  const rest = this[REST];
  const wantsMore = rest.push(chunk, encoding);
  if (chunk === null || chunk.length >= LARGE_BYTES) return wantsMore;
  rest.isResting = true;
  rest.pacer.rest(this);
  return false;
}

function readUnlessResting(this: PacedSocket, size: number): void {
  const rest = this[REST];
  if (rest.isResting) rest.isAsked = true;
  else rest.read(size);
}

function wake(socket: PacedSocket): void {
  const rest = socket[REST];
  rest.isResting = false;
  if (!rest.isAsked || socket.destroyed) return;
  rest.isAsked = false;
  rest.read(0);
}
