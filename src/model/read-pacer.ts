import type { Socket } from 'node:net';

/** A piece of this size or more says that much is on its way, which is read without a pause. */
const LARGE_BYTES = 16 * 1024;

/**
 * Reads what arrives on sockets in strides: after a piece, a socket rests a moment, and what came meanwhile is read
 * as one. Tokens come in packets of a few bytes, a hundred times a second and stream, and each packet that is read
 * by itself costs a way through the event loop. The rest is a millisecond for each open socket, at most `maxRestMs`;
 * so a few streams are read at once, and many pay a delay that nobody sees for half of their CPU.
 */
export class ReadPacer {
  readonly #maxRestMs: number;
  #open = 0;
  readonly #resting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(maxRestMs: number) {
    this.#maxRestMs = maxRestMs;
  }

  /** Takes a connected socket into the pace until it closes. */
  pace(socket: Socket): void {
    this.#open += 1;
    let isResting = false;
    let isAsked = false;
    const push = socket.push.bind(socket);
    const read = socket._read.bind(socket);
    const wake = (): void => {
      isResting = false;
      if (!isAsked) return;
      isAsked = false;
      read(0);
    };
    // A stream that answers false is not read until it asks again, which it does by `_read`.
    socket.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
      const wantsMore = push(chunk, encoding);
      if (chunk === null || chunk.length >= LARGE_BYTES) return wantsMore;
      isResting = true;
      this.#rest(wake);
      return false;
    };
    socket._read = (size: number): void => {
      if (isResting) isAsked = true;
      else read(size);
    };
    socket.once('close', () => {
      this.#open -= 1;
      this.#resting.delete(wake);
    });
  }

  #rest(wake: () => void): void {
    this.#resting.add(wake);
    this.#timer ??= setTimeout(this.#wakeAll, Math.min(this.#maxRestMs, this.#open)).unref();
  }

  readonly #wakeAll = (): void => {
    this.#timer = undefined;
    const due = [...this.#resting];
    this.#resting.clear();
    for (const wake of due) wake();
  };
}
