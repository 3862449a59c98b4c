import type { OnReadOpts, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ReadPacer } from './read-pacer.ts';

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
