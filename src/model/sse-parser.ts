import { StringDecoder } from 'node:string_decoder';
import { ModelError } from '../errors.ts';

export interface SseLimits {
  /** Characters of one line; a longer one is no event stream. */
  readonly maxLineLength: number;
  /** Bytes of one response. */
  readonly maxTotalBytes: number;
}

const DEFAULT_LIMITS: SseLimits = { maxLineLength: 4_000_000, maxTotalBytes: 64_000_000 };

/**
 * Turns the bytes of an event stream into the payloads of its `data` fields, synchronously, whatever way the
 * bytes are cut. Work is linear in the bytes: an unfinished line is only appended to, never searched again.
 * Other fields and comments are dropped. Follows the event stream format of the HTML standard, but an event that
 * the end of the stream cuts off is still delivered, since some servers leave out the last blank line.
 */
export class SseParser {
  readonly #onData: (payload: string) => void;
  readonly #limits: SseLimits;
  readonly #decoder = new StringDecoder('utf8');
  /** The unfinished last line. */
  #rest = '';
  #data: string | undefined;
  #totalBytes = 0;
  #isFirst = true;
  #skipLineFeed = false;

  constructor(onData: (payload: string) => void, limits: Partial<SseLimits> = {}) {
    this.#onData = onData;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Throws ModelError `interrupted` past a limit. */
  push(chunk: Uint8Array): void {
    this.#totalBytes += chunk.byteLength;
    if (this.#totalBytes > this.#limits.maxTotalBytes) {
      throw new ModelError(
        'interrupted',
        `The model's stream is longer than ${this.#limits.maxTotalBytes} bytes`,
      );
    }
    this.#take(this.#decoder.write(chunk));
  }

  end(): void {
    this.#take(this.#decoder.end());
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
    this.#dispatch();
  }

  #take(decoded: string): void {
    const text = this.#normalizeLineEnds(decoded);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const piece = text.slice(start, end);
      start = end + 1;
      if (this.#rest === '') {
        this.#line(piece);
      } else {
        const line = this.#rest + piece;
        this.#rest = '';
        this.#line(line);
      }
    }
    if (start < text.length) this.#rest += start === 0 ? text : text.slice(start);
    if (this.#rest.length > this.#limits.maxLineLength) {
      throw new ModelError(
        'interrupted',
        `A line of the model's stream is longer than ${this.#limits.maxLineLength}`,
      );
    }
  }

  /** Lines may end in LF, CR LF or CR, and the pair may be cut in two; the first character may be a BOM. */
  #normalizeLineEnds(decoded: string): string {
    let text = decoded;
    if (text === '') return text;
    if (this.#isFirst) {
      this.#isFirst = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (this.#skipLineFeed) {
      this.#skipLineFeed = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    if (!text.includes('\r')) return text;
    this.#skipLineFeed = text.endsWith('\r');
    return text.replace(/\r\n?/g, '\n');
  }

  #line(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    if (!line.startsWith('data')) return;
    let value: string;
    if (line.length === 4) value = '';
    else if (line[4] !== ':') return;
    else value = line.slice(line[5] === ' ' ? 6 : 5);
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #dispatch(): void {
    const payload = this.#data;
    if (payload === undefined) return;
    this.#data = undefined;
    this.#onData(payload);
  }
}
