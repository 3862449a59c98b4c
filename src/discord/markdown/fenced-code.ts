export interface CodeStep {
  readonly shown: string;
  /** Of what it took of the text. */
  readonly end: number;
  /** The block ends with it. */
  readonly isClosed: boolean;
}

const STOP = /`/g;
const STOP_IN_QUOTE = /[`\n]/g;
const QUOTE = /^ {0,9}> /;
const OPEN_QUOTE = /^ {0,9}>?$/;
const MAX_QUOTE = 11;
const LANGUAGE_LINE = /^[\w+\-.#]+\n/;
/** So many characters tell whether anything is in the block. */
const MAX_HEAD = 200;

/**
 * A code block from behind its first backticks, piece by piece. What is in it stays as it is. Where Discord and we
 * might see it end at different places, it is ended for both: an empty block gets a space, a quoted one ends with
 * its quote.
 */
export class FencedCode {
  readonly #isQuoted: boolean;
  #head = '';
  #hasContent = false;

  constructor(isQuoted: boolean) {
    this.#isQuoted = isQuoted;
  }

  /** The next thing of `text`; undefined where more has to be known. */
  take(text: string, at: number, isEnd: boolean): CodeStep | undefined {
    const stop = this.#isQuoted ? STOP_IN_QUOTE : STOP;
    stop.lastIndex = at;
    const end = stop.exec(text)?.index ?? text.length;
    if (end > at) return this.#takeContent(text.slice(at, end), end);
    return text.charAt(at) === '`'
      ? this.#takeBackticks(text, at, isEnd)
      : this.#takeLineBreak(text, at, isEnd);
  }

  #takeContent(shown: string, end: number): CodeStep {
    this.#look(shown);
    return { shown, end, isClosed: false };
  }

  #takeBackticks(text: string, at: number, isEnd: boolean): CodeStep | undefined {
    let end = at + 1;
    while (end < at + 3 && text.charAt(end) === '`') end += 1;
    if (end - at === 3) {
      const isFilled = this.#hasContent || hasContent(this.#head);
      return { shown: isFilled ? '```' : ' ```', end, isClosed: true };
    }
    if (!isEnd && end === text.length) return undefined;
    return this.#takeContent(text.slice(at, end), end);
  }

  #takeLineBreak(text: string, at: number, isEnd: boolean): CodeStep | undefined {
    const start = text.slice(at + 1, at + 1 + MAX_QUOTE);
    const quote = QUOTE.exec(start)?.[0];
    if (quote !== undefined) {
      this.#look('\n');
      return { shown: `\n${quote}`, end: at + 1 + quote.length, isClosed: false };
    }
    if (!isEnd && OPEN_QUOTE.test(start)) return undefined;
    return { shown: '\n> ```\n', end: at + 1, isClosed: true };
  }

  #look(shown: string): void {
    if (this.#hasContent) return;
    this.#head += shown.slice(0, MAX_HEAD);
    // A word alone may still become the language.
    const isDecided = /[^\w+\-.#]/.test(this.#head) || this.#head.length > MAX_HEAD;
    this.#hasContent = isDecided && hasContent(this.#head);
    if (this.#head.length > MAX_HEAD) this.#head = '\n';
  }
}

/** There is anything but a language and line breaks. */
function hasContent(head: string): boolean {
  return /[^\n]/.test(head.replace(LANGUAGE_LINE, ''));
}
