/** Markup that some models write into their text and that is not meant for people. */
const HIDDEN_BLOCKS = [
  { open: '<think>', close: '</think>', mayBeProse: true },
  { open: '<thinking>', close: '</thinking>', mayBeProse: true },
  { open: '<tool_call>', close: '</tool_call>', mayBeProse: false },
] as const;

type HiddenBlock = (typeof HIDDEN_BLOCKS)[number];

/**
 * Lets through what a person should see of a model's text, piece by piece: blocks of reasoning and tool calls
 * written as text are left out, also where a tag is cut in two. Inside code (a fence, or right after a backtick)
 * the tags are plain text. Linear in the text.
 */
export class VisibleText {
  /** Grows by concatenation only and is read once, at the end. */
  #shown = '';
  #hasWords = false;
  #lastCharacter = '';
  #backticks = 0;
  #isInFence = false;
  #trimNext = false;
  /** A possible beginning of a tag, or (inside a block) of its end. */
  #held = '';
  #block: HiddenBlock | undefined;
  /** The open block's text, kept for the case that it never closes. */
  #hidden = '';

  /** Everything let through so far. */
  get text(): string {
    return this.#shown;
  }

  /** Takes a piece in and returns what of it (and of text held back before) is to be seen now. */
  push(piece: string): string {
    if (this.#block === undefined && this.#held === '' && !piece.includes('<')) return this.#show(piece);
    let rest = this.#held + piece;
    this.#held = '';
    let visible = '';
    while (rest !== '') {
      if (this.#block !== undefined) {
        rest = this.#skipBlock(rest, this.#block);
        continue;
      }
      const at = rest.indexOf('<');
      visible += this.#show(at === -1 ? rest : rest.slice(0, at));
      rest = at === -1 ? '' : rest.slice(at);
      const tagLength = rest === '' || this.#isInCode() ? 0 : this.#openBlock(rest);
      if (tagLength === 0 && rest !== '') visible += this.#show('<');
      rest = rest.slice(tagLength === 0 ? 1 : tagLength);
    }
    return visible;
  }

  /** The text is over: returns what was held back and turned out to be plain text. */
  end(): string {
    const block = this.#block;
    const held = this.#hidden + this.#held;
    this.#block = undefined;
    this.#held = '';
    this.#hidden = '';
    if (block === undefined) return this.#show(held);
    // In the middle of an answer a tag that never closes was a word about tags; at its start it is reasoning that
    // was cut off.
    if (!block.mayBeProse || !this.#hasWords) return '';
    return this.#show(block.open + held);
  }

  #show(piece: string): string {
    const text = this.#trimNext ? piece.trimStart() : piece;
    if (text === '') return '';
    this.#trimNext = false;
    this.#countBackticks(text);
    this.#hasWords ||= text.trim() !== '';
    this.#lastCharacter = text.charAt(text.length - 1);
    this.#shown += text;
    return text;
  }

  #countBackticks(text: string): void {
    let previous = -1;
    for (let at = text.indexOf('`'); at !== -1; at = text.indexOf('`', at + 1)) {
      const isRun = at === previous + 1 && (at > 0 || this.#lastCharacter === '`');
      this.#backticks = isRun ? this.#backticks + 1 : 1;
      if (this.#backticks === 3) this.#isInFence = !this.#isInFence;
      previous = at;
    }
  }

  #isInCode(): boolean {
    return this.#isInFence || this.#lastCharacter === '`';
  }

  /** `rest` begins with `<`. Opens a block or holds back what may become one; returns how much that took. */
  #openBlock(rest: string): number {
    for (const block of HIDDEN_BLOCKS) {
      if (rest.startsWith(block.open)) {
        this.#block = block;
        return block.open.length;
      }
      if (block.open.startsWith(rest)) {
        this.#held = rest;
        return rest.length;
      }
    }
    return 0;
  }

  /** Drops `rest` up to the block's end; returns what follows it. */
  #skipBlock(rest: string, block: HiddenBlock): string {
    const at = rest.indexOf(block.close);
    if (at !== -1) {
      this.#block = undefined;
      this.#hidden = '';
      this.#trimNext = !this.#hasWords || this.#lastCharacter === '\n';
      return rest.slice(at + block.close.length);
    }
    const keep = Math.min(rest.length, block.close.length - 1);
    this.#hidden += rest.slice(0, rest.length - keep);
    this.#held = rest.slice(rest.length - keep);
    return '';
  }
}
