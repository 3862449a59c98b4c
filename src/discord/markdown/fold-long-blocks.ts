import type { OutgoingFile } from './outgoing-file.ts';
import { toCodeFileName, toCsv, toTableFileName } from './block-files.ts';

export interface FoldedText {
  readonly text: string;
  /** What was folded, whole. */
  readonly files: readonly OutgoingFile[];
}

/** A code block of more is folded. */
const MAX_CODE_LINES = 60;
const MAX_CODE_CHARACTERS = 1_800;
const CODE_HEAD_LINES = 10;
const CODE_HEAD_CHARACTERS = 500;
/** A table of more is folded: Discord shows tables as plain lines, and wraps them. */
const MAX_TABLE_ROWS = 15;
const MAX_TABLE_WIDTH = 100;
const TABLE_HEAD_ROWS = 5;

/**
 * Takes long code blocks and tables out of a text and leaves their beginning. Each becomes a file; the same block
 * gives the same file however much text follows, so it can be asked for while an answer grows.
 */
export function foldLongBlocks(text: string): FoldedText {
  if (!text.includes('```') && !text.includes('|')) return { text, files: [] };
  const lines = text.split('\n');
  const kept: string[] = [];
  const files: OutgoingFile[] = [];
  for (let at = 0; at < lines.length;) {
    const code = findCode(lines, at);
    const block = code ?? findTable(lines, at);
    const folded = block && isLong(block) ? fold(block, files) : undefined;
    const end = block?.end ?? at + 1;
    kept.push(...(folded ?? lines.slice(at, end)));
    at = end;
  }
  return files.length === 0 ? { text, files } : { text: kept.join('\n'), files };
}

interface Block {
  readonly kind: 'code' | 'table';
  readonly language: string;
  /** Of a table: header, delimiter and rows. */
  readonly lines: readonly string[];
  /** The line behind it. */
  readonly end: number;
}

function findCode(lines: readonly string[], at: number): Block | undefined {
  const opening = /^ {0,3}```+([\w+\-.#]{0,32})\s*$/.exec(lines[at] ?? '');
  if (!opening) return undefined;
  let last = at + 1;
  while (last < lines.length && !/^ {0,3}```+\s*$/.test(lines[last] ?? '')) last += 1;
  return {
    kind: 'code',
    language: opening[1] ?? '',
    lines: lines.slice(at + 1, last),
    end: Math.min(last + 1, lines.length),
  };
}

function findTable(lines: readonly string[], at: number): Block | undefined {
  if (!(lines[at] ?? '').includes('|') || !isDelimiter(lines[at + 1] ?? '')) return undefined;
  let end = at + 2;
  while ((lines[end] ?? '').includes('|')) end += 1;
  return { kind: 'table', language: '', lines: lines.slice(at, end), end };
}

function isDelimiter(line: string): boolean {
  const cells = line.trim().replace(/^\|/, '').replace(/\|$/, '').split('|');
  return line.includes('|') && cells.every((cell) => /^:?-{2,}:?$/.test(cell.trim()));
}

function isLong({ kind, lines }: Block): boolean {
  if (kind === 'table') {
    return lines.length - 2 > MAX_TABLE_ROWS || lines.some((line) => line.length > MAX_TABLE_WIDTH);
  }
  const characters = lines.reduce((sum, line) => sum + line.length + 1, 0);
  return lines.length > MAX_CODE_LINES || characters > MAX_CODE_CHARACTERS;
}

/** The lines that stay; the file is added to `files`. */
function fold(block: Block, files: OutgoingFile[]): string[] {
  if (block.kind === 'code') {
    const name = toCodeFileName(block.language, new Set(files.map((f) => f.name)));
    files.push({ name, contentType: TEXT, data: `${block.lines.join('\n')}\n` });
    const head = takeHead(block.lines);
    const note = `-# The first ${head.length} of ${block.lines.length} lines. All of them: ${name}`;
    return [`\`\`\`${block.language}`, ...head, '```', note];
  }
  const name = toTableFileName(new Set(files.map((f) => f.name)));
  files.push({ name, contentType: 'text/csv; charset=utf-8', data: toCsv(block.lines) });
  const rows = block.lines.length - 2;
  const shown = Math.min(rows, TABLE_HEAD_ROWS);
  const head = block.lines.slice(0, 2 + shown).map((line) => shorten(line, MAX_TABLE_WIDTH));
  return ['```', ...head, '```', `-# The first ${shown} of ${rows} rows. All of them: ${name}`];
}

const TEXT = 'text/plain; charset=utf-8';

function takeHead(lines: readonly string[]): string[] {
  const head: string[] = [];
  let characters = 0;
  for (const line of lines.slice(0, CODE_HEAD_LINES)) {
    const shown = shorten(line, CODE_HEAD_CHARACTERS);
    characters += shown.length + 1;
    if (head.length > 0 && characters > CODE_HEAD_CHARACTERS) break;
    head.push(shown);
  }
  return head;
}

function shorten(line: string, maxLength: number): string {
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).toWellFormed()}…`;
}
