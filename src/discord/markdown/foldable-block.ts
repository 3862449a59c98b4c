import { shorten } from '../../lib/shorten.ts';
import { toCodeFileName, toCsv, toTableFileName } from './block-files.ts';
import type { OutgoingFile } from './block-files.ts';

/** A code block of more is folded. */
const MAX_CODE_LINES = 60;
const MAX_CODE_CHARACTERS = 1_800;
const CODE_HEAD_LINES = 20;
const CODE_HEAD_CHARACTERS = 800;
/** A table of more is folded: Discord shows tables as plain lines, and wraps them. */
const MAX_TABLE_ROWS = 15;
const MAX_TABLE_WIDTH = 100;
const TABLE_HEAD_LINES = 7;

/** A block that becomes a file when it grows long. */
export interface FoldableBlock {
  readonly name: string;
  readonly isFolded: boolean;
  /** Takes its next line; returns what is to be seen now, which is its beginning however long it gets. */
  take(line: string, newline: string): string;
  /** It ended and is not folded: what was held back. */
  rest(): string;
  /** It is folded: what stands below its beginning. */
  note(): string;
  toFile(): OutgoingFile;
}

/** From behind the line that opens it. */
export class FoldableCode implements FoldableBlock {
  readonly name: string;
  readonly #lines: string[] = [];
  #characters = 0;
  #shownLines = 0;
  #shownCharacters = 0;
  /** Anything but line breaks is shown. */
  #hasContent = false;
  #held = '';

  constructor(language: string, taken: ReadonlySet<string>) {
    this.name = toCodeFileName(language, taken);
  }

  get isFolded(): boolean {
    return this.#lines.length > MAX_CODE_LINES || this.#characters > MAX_CODE_CHARACTERS;
  }

  take(line: string, newline: string): string {
    const wasFolded = this.isFolded;
    this.#lines.push(line);
    this.#characters += line.length + 1;
    const isOfHead =
      this.#shownLines === this.#lines.length - 1 &&
      this.#shownLines < CODE_HEAD_LINES &&
      this.#shownCharacters + line.length < CODE_HEAD_CHARACTERS;
    if (isOfHead) return this.#show(line + newline);
    if (!this.isFolded) this.#held += line + newline;
    else if (!wasFolded) {
      this.#held = '';
      // One line is longer than all that is shown.
      if (this.#shownLines === 0)
        return this.#show(`${shorten(this.#lines[0] ?? '', CODE_HEAD_CHARACTERS)}\n`);
    }
    return '';
  }

  rest(): string {
    return this.#held;
  }

  note(): string {
    // To Discord nothing but line breaks is no block, and these backticks would open the one that follows.
    const filling = this.#hasContent ? '' : ' ';
    return `${filling}\`\`\`\n-# The first ${this.#shownLines} of ${this.#lines.length} lines. All of them: ${this.name}`;
  }

  toFile(): OutgoingFile {
    const data = `${this.#lines.join('\n')}\n`;
    return { name: this.name, contentType: 'text/plain; charset=utf-8', data };
  }

  #show(text: string): string {
    this.#shownLines += 1;
    this.#shownCharacters += text.length;
    this.#hasContent ||= /[^\r\n]/.test(text);
    return text;
  }
}

/** From its header on. */
export class FoldableTable implements FoldableBlock {
  readonly name: string;
  readonly #lines: string[] = [];
  #isWide = false;
  #held = '';

  constructor(taken: ReadonlySet<string>) {
    this.name = toTableFileName(taken);
  }

  get isFolded(): boolean {
    return this.#isWide || this.#lines.length - 2 > MAX_TABLE_ROWS;
  }

  take(line: string, newline: string): string {
    const wasFolded = this.isFolded;
    this.#lines.push(line);
    this.#isWide ||= line.length > MAX_TABLE_WIDTH;
    if (!this.isFolded) {
      this.#held += line + newline;
      return '';
    }
    this.#held = '';
    if (!wasFolded) return `\`\`\`\n${this.#lines.slice(0, TABLE_HEAD_LINES).map(toHeadLine).join('')}`;
    return this.#lines.length <= TABLE_HEAD_LINES ? toHeadLine(line) : '';
  }

  rest(): string {
    return this.#held;
  }

  note(): string {
    const rows = this.#lines.length - 2;
    const shown = Math.min(rows, TABLE_HEAD_LINES - 2);
    return `\`\`\`\n-# The first ${shown} of ${rows} rows. All of them: ${this.name}`;
  }

  toFile(): OutgoingFile {
    return { name: this.name, contentType: 'text/csv; charset=utf-8', data: toCsv(this.#lines) };
  }
}

/** Backticks would end the block in which the head of a table stands. */
function toHeadLine(line: string): string {
  return `${shorten(line.trimEnd(), MAX_TABLE_WIDTH).replaceAll('```', "'''")}\n`;
}
