import type { PacedSocket } from './paced-socket.ts';

/** More are woken in a further turn of the event loop, so that no turn is long. */
const MAX_WOKEN_AT_ONCE = 64;
/** Where somebody waits for what comes, a rest grows with the open sockets by this share of what others' does. */
const AWAITED_SHARE = 0.2;

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

  /** A socket is open. */
  add(): void {
    this.#open += 1;
  }

  /** A socket has closed. */
  remove(): void {
    this.#open -= 1;
  }

  /** Wakes the socket after a while; false where it need not rest. */
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
    for (const socket of due) socket.wake();
  };
}
