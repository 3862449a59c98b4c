const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
const OPENING_BRACE = 0x7b;

/**
 * Follows the text of an object as it arrives, and tells whether it is closed. Each character is looked at once: what
 * came before is neither kept nor read again, so that a server that sends small pieces costs no more than another.
 */
export class ArgumentsScanner {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #state: 'empty' | 'open' | 'closed' | 'odd' = 'empty';

  /** Whether all of it came: an object, and nothing but spaces around it. Its values may be malformed. */
  get isComplete(): boolean {
    return this.#state === 'closed';
  }

  add(text: string): void {
    for (let at = 0; at < text.length && this.#state !== 'odd'; at += 1) this.#take(text.charCodeAt(at));
  }

  #take(code: number): void {
    if (this.#isInString) this.#takeInString(code);
    else if (this.#state === 'open') this.#takeInObject(code);
    else if (!SPACES.has(code)) this.#takeOutside(code);
  }

  #takeInString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInString = false;
  }

  #takeInObject(code: number): void {
    if (code === QUOTE) this.#isInString = true;
    else if (OPENING.has(code)) this.#depth += 1;
    else if (CLOSING.has(code)) {
      this.#depth -= 1;
      if (this.#depth === 0) this.#state = 'closed';
    }
  }

  #takeOutside(code: number): void {
    const isBeginning = this.#state === 'empty' && code === OPENING_BRACE;
    this.#state = isBeginning ? 'open' : 'odd';
    this.#depth = 1;
  }
}
