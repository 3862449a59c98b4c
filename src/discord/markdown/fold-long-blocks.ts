import { FoldableCode, FoldableTable } from './foldable-block.ts';
import type { FoldableBlock } from './foldable-block.ts';
import type { OutgoingFile } from './block-files.ts';

const OPENING = /^ {0,3}```([\w+\-.#]{0,32})\s*$/;
const OPEN_OPENING = /^ {0,3}(?:`{0,2}$|```[^`]*$)/;
const ROW = /^ {0,3}\|/;
const OPEN_ROW = /^ {0,3}(?:\||$)/;
const OPEN_DELIMITER = /^[\s|:-]*$/;
/** Of a line so much is looked at before it is complete. */
const MAX_LOOK = 500;
const FENCE = '```';

/**
 * Takes long code blocks and tables out of a text that is still growing and leaves their beginning; each becomes a
 * file, `maxFiles` of them at most. Nothing is let through that folding a block would take back, so of an open one
 * only the beginning is. Each line is looked at once.
 */
export class LongBlockFolder {
  readonly #maxFiles: number;
  readonly #folded: FoldableBlock[] = [];
  /** What was not let through yet of the line that is not complete. */
  #line = '';
  #lineStart = '';
  #hasPassed = false;
  /** A line that is the header of a table if the next one says so. */
  #header = '';
  #code: FoldableBlock | undefined;
  #table: FoldableBlock | undefined;
  /** In code that begins within a line, or is not to be folded. */
  #isInCode = false;

  constructor(maxFiles: number) {
    this.#maxFiles = maxFiles;
  }

  /** What was folded, whole. */
  get files(): readonly OutgoingFile[] {
    return this.#folded.map((block) => block.toFile());
  }

  /** Of a block that is being folded: how far it has come. */
  get progress(): string {
    const block = this.#code ?? this.#table;
    return block?.isFolded === true ? block.note() : '';
  }

  push(piece: string): string {
    let shown = '';
    let start = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', start)) {
      this.#grow(piece.slice(start, end));
      shown += this.#endLine('\n');
      start = end + 1;
    }
    if (start === piece.length) return shown;
    this.#grow(piece.slice(start));
    return shown + this.#passOn();
  }

  end(): string {
    const line = this.#line === '' ? '' : this.#endLine('');
    const block = this.#code ?? this.#table;
    this.#code = undefined;
    this.#table = undefined;
    return line + (block ? this.#finish(block) : '') + this.#takeHeader();
  }

  #grow(piece: string): void {
    this.#line += piece;
    if (this.#lineStart.length <= MAX_LOOK) this.#lineStart += piece.slice(0, MAX_LOOK + 1);
  }

  /** What of an incomplete line can be seen already. */
  #passOn(): string {
    if (this.#code) return '';
    const start = this.#lineStart;
    if (this.#table && OPEN_ROW.test(start)) return '';
    if (this.#header !== '' && start.length <= MAX_LOOK && OPEN_DELIMITER.test(start)) return '';
    const before = this.#leaveTable() + this.#takeHeader();
    if (!this.#hasPassed && !this.#isInCode && (OPEN_OPENING.test(start) || OPEN_ROW.test(start)))
      return before;
    const ticks = /`*$/.exec(this.#line.slice(-FENCE.length))?.[0].length ?? 0;
    const end = this.#line.length - ticks;
    const shown = this.#line.slice(0, end);
    this.#line = this.#line.slice(end);
    this.#hasPassed ||= shown !== '';
    this.#countFences(shown);
    return before + shown;
  }

  #endLine(newline: string): string {
    const line = this.#line;
    const isWhole = !this.#hasPassed && !this.#isInCode;
    this.#line = '';
    this.#lineStart = '';
    this.#hasPassed = false;
    if (this.#code) return this.#endCodeLine(this.#code, line, newline);
    if (this.#table && ROW.test(line)) return this.#table.take(line, newline);
    if (this.#header !== '' && isDelimiter(line)) return this.#openTable(line, newline);
    const before = this.#leaveTable() + this.#takeHeader();
    const mayFold = isWhole && this.#folded.length < this.#maxFiles;
    const language = mayFold ? OPENING.exec(line)?.[1] : undefined;
    if (language !== undefined) this.#code = new FoldableCode(language, this.#names());
    else if (mayFold && newline !== '' && ROW.test(line)) {
      this.#header = line + newline;
      return before;
    } else this.#countFences(line);
    return before + line + newline;
  }

  #endCodeLine(code: FoldableBlock, line: string, newline: string): string {
    const at = line.indexOf(FENCE);
    if (at === -1) return this.#takeCodeLine(code, line, newline);
    this.#code = undefined;
    const rest = line.slice(at + FENCE.length);
    this.#countFences(rest);
    if (!code.isFolded) return code.rest() + line + newline;
    const last = line.slice(0, at);
    if (last.trim() !== '') code.take(last, '\n');
    return this.#finish(code) + (rest.trim() === '' ? newline : `\n${rest}${newline}`);
  }

  #takeCodeLine(code: FoldableBlock, line: string, newline: string): string {
    if (newline !== '' || code.isFolded) return code.take(line, newline);
    // The text ends within the block.
    this.#code = undefined;
    return code.rest() + line;
  }

  #openTable(delimiter: string, newline: string): string {
    const header = this.#takeHeader();
    const table = new FoldableTable(this.#names());
    this.#table = table;
    return table.take(header.slice(0, -1), '\n') + table.take(delimiter, newline);
  }

  #leaveTable(): string {
    const table = this.#table;
    if (!table) return '';
    this.#table = undefined;
    return table.isFolded ? `${this.#finish(table)}\n` : table.rest();
  }

  #finish(block: FoldableBlock): string {
    if (!block.isFolded) return block.rest();
    this.#folded.push(block);
    return block.note();
  }

  #takeHeader(): string {
    const header = this.#header;
    this.#header = '';
    return header;
  }

  #names(): ReadonlySet<string> {
    return new Set(this.#folded.map(({ name }) => name));
  }

  #countFences(text: string): void {
    const count = text.match(/`{3,}/g)?.length ?? 0;
    if (count % 2 === 1) this.#isInCode = !this.#isInCode;
  }
}

function isDelimiter(line: string): boolean {
  if (line.length > MAX_LOOK || !line.includes('|')) return false;
  const cells = line.trim().replace(/^\|/, '').replace(/\|$/, '').split('|');
  return cells.every((cell) => /^:?-{2,}:?$/.test(cell.trim()));
}
