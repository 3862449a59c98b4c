/**
 * What is not seen but changes what is: it turns the direction of the text around it, hides words from people that
 * programs read, or parts a word that a filter looks for. All of it is rare, so that the text between is copied.
 */
const INVISIBLE =
  /\u{1f3f4}[\u{e0020}-\u{e007e}]{1,6}\u{e007f}|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u{e0000}-\u{e0fff}]/gu;

/** Might still become the flag of a region, which is drawn from such characters. */
const OPEN_FLAG = /\u{1f3f4}[\u{e0020}-\u{e007e}]{0,6}$/u;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
/** Emoji, and scripts whose letters are joined or kept apart by such characters. */
const JOINABLE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\p{L}\p{M}]/u;
const UNJOINED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u;
const HAN = /\p{Script=Han}/u;
const VARIABLE = /[#*\d]|[^\p{ASCII}\s\ufe00-\ufe0f]/u;

/**
 * Leaves out what turns or hides text, piece by piece: Arabic, Hebrew and emoji of several characters stay whole.
 * Code is no exception, since there it matters most that what is read is what runs: a program that needs such a
 * character can name it by its number.
 */
export class VisibleCharacters {
  /** The last character that was let through. */
  #last = '';
  #held = '';
  #hasRightToLeft = false;

  push(piece: string): string {
    const text = this.#held + piece;
    this.#held = '';
    const isCut = /[\ud800-\udbff]$/.test(text);
    const whole = isCut ? text.slice(0, -1) : text;
    const open = OPEN_FLAG.exec(whole)?.index ?? whole.length;
    this.#held = text.slice(open);
    return this.#filter(text.slice(0, open));
  }

  end(): string {
    const rest = this.#held;
    this.#held = '';
    return this.#filter(rest);
  }

  #filter(piece: string): string {
    const text = piece.toWellFormed();
    let end = 0;
    const visible = text.replaceAll(INVISIBLE, (found, at: number) => {
      this.#pass(text, end, at);
      end = at + found.length;
      if (!this.#mayStay(found)) return '';
      this.#last = found;
      return found;
    });
    this.#pass(text, end, text.length);
    return visible;
  }

  #pass(text: string, from: number, to: number): void {
    if (from === to) return;
    this.#last = lastCharacter(text, to);
    this.#hasRightToLeft ||= RIGHT_TO_LEFT.test(text.slice(from, to));
  }

  #mayStay(found: string): boolean {
    const code = found.codePointAt(0) ?? 0;
    const last = this.#last;
    if (code === 0x1_f3_f4) return true;
    // The joiners, and the marks of direction, which turn no letters.
    if (code === 0x200c || code === 0x200d) return JOINABLE.test(last) && !UNJOINED.test(last);
    if (code === 0x200e || code === 0x200f || code === 0x061c) return this.#hasRightToLeft && last !== found;
    if (code >= 0xfe00 && code <= 0xfe0f) return VARIABLE.test(last);
    return code >= 0xe_0100 && code <= 0xe_01ef && HAN.test(last);
  }
}

/** The one that ends at `at`. */
function lastCharacter(text: string, at: number): string {
  const code = text.codePointAt(Math.max(0, at - 2)) ?? 0;
  return code > 0xffff ? String.fromCodePoint(code) : text.slice(at - 1, at);
}
