import type { OnReadOpts, Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A piece that fills this says that much is on its way, which is read without a pause. */
const PIECE_BYTES = 16 * 1024;

/** What is read from a socket. */
export interface PacedStream {
  /** Nobody waits for what comes next: it may be late. */
  readonly mayRest: boolean;
}

/**
 * Stands between a socket and whoever reads it, and lets the socket rest after a piece, as the pacer says. A resting
 * socket is not read at all, so what comes meanwhile waits in the kernel and is read as one piece.
 */
export class PacedSocket extends Duplex {
  /** For the options of the socket that is attached later: hands over what is read, without a stream between. */
  readonly onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(PIECE_BYTES),
    callback: (length, buffer) => this.#take(length, buffer),
  };
  readonly #pacer: ReadPacer;
  readonly #stream: PacedStream;
  #socket: Socket | undefined;
  #isResting = false;
  /** The reader wants more. */
  #isAsked = false;

  constructor(pacer: ReadPacer, stream: PacedStream) {
    super({ decodeStrings: false });
    this.#pacer = pacer;
    this.#stream = stream;
  }

  /** Takes a connected socket into the pace until it closes. */
  attach(socket: Socket): this {
    this.#socket = socket;
    this.#pacer.add();
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      this.#pacer.remove();
      // What an ended socket left is read to its end first.
      if (!socket.readableEnded) this.destroy();
    });
    return this;
  }

  /** Ends a rest, where there is one. */
  wake(): void {
    this.#isResting = false;
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.#socket?.resume();
  }

  ref(): this {
    this.#socket?.ref();
    return this;
  }

  unref(): this {
    this.#socket?.unref();
    return this;
  }

  override _read(): void {
    if (this.#isResting) this.#isAsked = true;
    else this.#socket?.resume();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: WriteCallback): void {
    this.#socket?.write(chunk, encoding, callback);
  }

  /** A head and its body leave in one packet. */
  override _writev(chunks: readonly Written[], callback: WriteCallback): void {
    this.#socket?.cork();
    for (const [index, { chunk, encoding }] of chunks.entries()) {
      this.#socket?.write(chunk, encoding, index === chunks.length - 1 ? callback : undefined);
    }
    this.#socket?.uncork();
  }

  override _final(callback: () => void): void {
    this.#socket?.end(callback);
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.#socket?.destroy();
    callback(error);
  }

  /** Returns whether the socket should be read on. */
  #take(length: number, buffer: Uint8Array): boolean {
    // The socket's buffer is filled again by the next read.
    const wantsMore = this.push(Buffer.from(buffer.subarray(0, length)));
    // Of TLS several records come at once, whatever is answered to the first.
    if (this.#isResting) return false;
    if (length === PIECE_BYTES || !this.#pacer.rest(this, !this.#stream.mayRest)) return wantsMore;
    this.#isResting = true;
    this.#isAsked = wantsMore;
    return false;
  }
}

interface Written {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

type WriteCallback = (error?: Error | null) => void;

/** More are woken in a further turn of the event loop, so that no turn is long. */
const MAX_WOKEN_AT_ONCE = 64;
/** Where somebody waits for what comes, a rest grows with the open sockets by this share of what others' does. */
const AWAITED_SHARE = 0.15;

/**
 * Reads what arrives on sockets in strides: after a piece, a socket rests a moment, and what came meanwhile is read
 * as one. Tokens come in packets of a few bytes, a hundred times a second and stream, and each packet that is read
 * by itself costs a way through the event loop. The rest is a millisecond for each open socket, at most `maxRestMs`;
 * so a few streams are read at once, and many pay a delay that nobody sees for half of their CPU. Until a stream has
 * what somebody waits for, the first words of an answer, it rests for 0.15 of that.
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
