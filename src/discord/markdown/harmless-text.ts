import { startOfOpenAddress, toShownAddress, withoutInvitations } from './address.ts';
import { FencedCode } from './fenced-code.ts';
import { VisibleCharacters } from './visible-characters.ts';

/** A masked link as models write it. Others are parted between `]` and `(`, which leaves no link. */
const MASKED_LINK = /\[([^[\]\n\r`\\]{1,300})\]\(<?(https?:\/\/[^\s()<>[\]\\`"]{1,1500})>?\)/iy;
const OPEN_MASKED_LINK = /\[[^[\]\n\r`\\]{0,300}(?:\](?:\(<?[^\s()<>[\]\\`"]{0,1500}>?)?)?$/y;
const ADDRESS = /https?:\/\/([^\s<>]{0,2000})/iy;
const MAX_ADDRESS = 2000;
/** Where something begins that is looked at. */
const SPECIAL = /[`\\[\n]|(?<![a-z\d_])https?:\/\//gi;
/** Discord lets code within a line go on over lines; what looks like that here is rather a backtick too many. */
const MAX_INLINE_CODE = 500;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const FENCE = '```';
const SCHEME = /https?:\/\//i;
/** An address is told by so many characters, even where it came in two pieces: one less than its scheme has. */
const MAX_OPEN_SCHEME = 'https:/'.length;
/** So much of a line tells whether it is a quote. */
const LINE_START = 12;

interface Step {
  readonly shown: string;
  /** Of what it took of the text. */
  readonly end: number;
}

/**
 * Makes a model's text harmless, piece by piece: a link shows where it leads, an invitation is no link, no character
 * turns or hides text. Code blocks stay as they are, so it is also seen to that Discord finds them where we do: a
 * backtick that opens nothing is marked as such. Linear in the text; what may still become something else is held
 * back, so that what was let through never changes.
 */
export class HarmlessText {
  readonly #characters = new VisibleCharacters();
  #pending = '';
  #code: FencedCode | undefined;
  #lineStart = '';
  #last = '';
  /** The end of the word that was let through last; to Discord an address ends with nothing but a space or `<`. */
  #wordEnd = '';
  #isInAddress = false;
  /** Three backticks were let through: more of them say nothing else. */
  #isAfterFence = false;

  /** A code block is open. */
  get isInFence(): boolean {
    return this.#code !== undefined;
  }

  push(piece: string): string {
    this.#pending += this.#characters.push(piece);
    return this.#take(false);
  }

  end(): string {
    this.#pending += this.#characters.end();
    return this.#take(true);
  }

  #take(isEnd: boolean): string {
    const text = this.#pending;
    let shown = '';
    let at = 0;
    while (at < text.length) {
      if (this.#isAfterFence && text.charAt(at) === '`') {
        at += 1;
        continue;
      }
      this.#isAfterFence = false;
      const step = this.#code ? this.#stepInCode(this.#code, text, at, isEnd) : this.#step(text, at, isEnd);
      if (!step) break;
      shown += step.shown;
      at = step.end;
    }
    this.#pending = text.slice(at);
    return shown;
  }

  #stepInCode(code: FencedCode, text: string, at: number, isEnd: boolean): Step | undefined {
    const step = code.take(text, at, isEnd);
    if (!step) return undefined;
    this.#remember(step.shown);
    if (!step.isClosed) return step;
    this.#code = undefined;
    this.#isAfterFence = step.shown.endsWith(FENCE);
    return step;
  }

  /** The next thing of `text` outside of code blocks; undefined where more has to be known. */
  #step(text: string, at: number, isEnd: boolean): Step | undefined {
    const step = this.#read(text, at, isEnd);
    if (!step) return undefined;
    // However `]` and `(` come together.
    const isLink = this.#last === ']' && step.shown.startsWith('(');
    // To Discord a code block does not begin within an address, so the address ends here.
    const isCut = this.#isInAddress && this.#code !== undefined;
    const shown = isLink || isCut ? ` ${step.shown}` : step.shown;
    this.#remember(shown);
    this.#rememberWord(shown);
    return { shown, end: step.end };
  }

  #read(text: string, at: number, isEnd: boolean): Step | undefined {
    // An address does not begin within a word, of which the beginning may be let through already.
    SPECIAL.lastIndex = at === 0 && /\w/.test(this.#last) && /[a-z]/i.test(text.charAt(0)) ? 1 : at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    if (next > at) return this.#takePlain(text, at, next, isEnd);
    switch (text.charAt(at)) {
      case '\n':
        return { shown: '\n', end: at + 1 };
      case '`':
        return this.#takeBackticks(text, at, isEnd);
      case '\\':
        return takeEscape(text, at, isEnd);
      case '[':
        return takeBracket(text, at, isEnd);
      default:
        return takeAddress(text, at, isEnd);
    }
  }

  #takePlain(text: string, at: number, next: number, isEnd: boolean): Step | undefined {
    const end = isEnd || next < text.length ? next : startOfOpenAddress(text, at);
    return end === at ? undefined : { shown: toPlain(text.slice(at, end), this.#last), end };
  }

  #takeBackticks(text: string, at: number, isEnd: boolean): Step | undefined {
    const length = runLength(text, at);
    if (length >= FENCE.length) {
      this.#code = new FencedCode(/^ {0,9}> /.test(this.#lineStart));
      this.#isAfterFence = true;
      return { shown: FENCE, end: at + FENCE.length };
    }
    const from = at + length;
    if (!isEnd && from === text.length) return undefined;
    const close = findClose(text, from, length);
    const mayGoOn = close === undefined ? isLineOpen(text, from) : close + length === text.length;
    if (!isEnd && mayGoOn) return undefined;
    if (close === undefined) return { shown: '\\`'.repeat(length), end: from };
    return { shown: toInlineCode(text.slice(from, close), length), end: close + length };
  }

  /** What was let through, as far as it matters to what follows. */
  #remember(shown: string): void {
    if (shown === '') return;
    this.#last = shown.slice(-1);
    const newline = shown.lastIndexOf('\n');
    if (newline !== -1) this.#lineStart = shown.slice(newline + 1, newline + 1 + LINE_START);
    else if (this.#lineStart.length < LINE_START) this.#lineStart += shown.slice(0, LINE_START);
  }

  /** Whether an address is still going on. */
  #rememberWord(shown: string): void {
    const words = (this.#wordEnd + shown).split(/[\s<]/);
    const word = words.at(-1) ?? '';
    this.#isInAddress = (this.#isInAddress && words.length === 1) || SCHEME.test(word);
    this.#wordEnd = word.slice(-MAX_OPEN_SCHEME);
  }
}

/** Of a text that is complete. */
export function toHarmlessText(text: string): string {
  const harmless = new HarmlessText();
  return harmless.push(text) + harmless.end();
}

/** `before`: the character that it follows. */
function toPlain(text: string, before = ''): string {
  return withoutInvitations(text.replaceAll('](', '] ('), before);
}

function takeEscape(text: string, at: number, isEnd: boolean): Step | undefined {
  const next = text.charAt(at + 1);
  if (next === '' && !isEnd) return undefined;
  // A bracket that closes is none the less the end of a link's words.
  const isEscape = PUNCTUATION.test(next) && next !== ']';
  return { shown: isEscape ? `\\${next}` : '\\', end: at + (isEscape ? 2 : 1) };
}

function takeBracket(text: string, at: number, isEnd: boolean): Step | undefined {
  MASKED_LINK.lastIndex = at;
  const [link, words = '', address = ''] = MASKED_LINK.exec(text) ?? [];
  if (link !== undefined) return { shown: toOpenLink(words, address), end: at + link.length };
  OPEN_MASKED_LINK.lastIndex = at;
  if (!isEnd && OPEN_MASKED_LINK.test(text)) return undefined;
  return { shown: '[', end: at + 1 };
}

/** The words, and where they lead. */
function toOpenLink(words: string, address: string): string {
  const shown = toShownAddress(address);
  const isSame = [address, address.replace(/^https?:\/\//i, '')].some((own) => isAlike(own, words));
  return isSame ? shown : `${toPlain(words)} (${shown})`;
}

function isAlike(address: string, words: string): boolean {
  return address.replace(/\/$/, '') === words.trim().replace(/\/$/, '');
}

function takeAddress(text: string, at: number, isEnd: boolean): Step | undefined {
  ADDRESS.lastIndex = at;
  const [all = '', path = ''] = ADDRESS.exec(text) ?? [];
  if (!isEnd && at + all.length === text.length && path.length < MAX_ADDRESS) return undefined;
  const fence = all.indexOf(FENCE);
  const whole = fence === -1 ? all : all.slice(0, fence);
  const address = whole.replace(/[)\].,:;!?'"*_~|`]{0,9}$/, '');
  return { shown: toPlain(toShownAddress(address) + whole.slice(address.length)), end: at + whole.length };
}

/** At most as many as tell a code block. */
function runLength(text: string, at: number): number {
  let end = at;
  while (end < at + FENCE.length && text.charAt(end) === '`') end += 1;
  return end - at;
}

/** Where the run of exactly `length` backticks begins that closes the code on this line. */
function findClose(text: string, from: number, length: number): number | undefined {
  const end = Math.min(text.length, from + MAX_INLINE_CODE);
  for (let at = from; at < end; at += 1) {
    const character = text.charAt(at);
    if (character === '\n') return undefined;
    if (character !== '`') continue;
    if (runLength(text, at) === length) return at;
    while (at + 1 < end && text.charAt(at + 1) === '`') at += 1;
  }
  return undefined;
}

/** So much is not known yet that a line may still close its code. */
function isLineOpen(text: string, from: number): boolean {
  return text.length < from + MAX_INLINE_CODE + FENCE.length && !text.includes('\n', from);
}

/**
 * Unlike a block, code within a line may end where Discord sees bold text end, so that a link in it is parted too.
 * Three backticks in it would open a block to us: then they are shown without being code.
 */
function toInlineCode(code: string, length: number): string {
  if (code.includes(FENCE)) return toPlain(code).replaceAll('`', '\\`');
  const ticks = '`'.repeat(length);
  const parted = code.replaceAll(/\]\((?=[\s<]{0,8}[^\s)]{0,40}:)/g, '] (');
  return `${ticks}${withoutInvitations(parted)}${ticks}`;
}
