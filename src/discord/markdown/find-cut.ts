import { fenceAfter, MAX_CLOSING_LENGTH } from './fence.ts';
import type { Fence } from './fence.ts';
import { Cuttable, isWithinPair } from './unbreakable.ts';

export interface CutOptions {
  /** So many characters fit; fewer where a code block must be closed. */
  readonly room: number;
  /** A part is at least this full, so that there are not more parts than the text needs. */
  readonly least: number;
  /** The code block in which the text begins. */
  readonly fence: Fence | null;
  /** More of the text follows. */
  readonly isOpen: boolean;
}

/**
 * What a cut at the start of a line would part, best first: two paragraphs; two blocks without a blank line
 * between (a list, table, heading or code block begins or ends); two items of a list; two lines.
 */
type BreakKind = 'paragraph' | 'block' | 'item' | 'line';

interface LineBreak {
  readonly at: number;
  readonly kind: BreakKind;
  readonly isInFence: boolean;
}

/** So many characters tell what a line is; whatever decides about a cut must have seen them. */
export const LOOKAHEAD = 100;

type LineKind = 'blank' | 'fence' | 'item' | 'nested' | 'row' | 'heading' | 'text';

interface Line {
  readonly kind: LineKind;
  readonly start: number;
  /** Before its first character. */
  readonly fence: Fence | null;
  readonly endsWithColon: boolean;
}

/**
 * Where to cut `text`, of which more than fits follows. Prefers paragraphs and blocks, then items, lines, sentences,
 * words; whatever comes, it cuts between characters.
 */
export function findCut(text: string, options: CutOptions): number {
  const { room, least, isOpen } = options;
  const limit = room - MAX_CLOSING_LENGTH;
  const breaks = findBreaks(text, options);
  const atBreak = bestBreak(breaks, least);
  if (atBreak !== undefined) return atBreak;
  const lineStart = breaks.at(-1)?.at ?? 0;
  const cuttable = new Cuttable(text, lineStart, { isOpen, longest: limit });
  return (
    cuttable.findLast(limit, least, isSentenceEnd) ??
    cuttable.findLast(limit, least, isWordEnd) ??
    cuttable.findLast(limit, 1, isAnywhere) ??
    (lineStart > 0 ? lineStart : limit - Number(isWithinPair(text, limit)))
  );
}

/**
 * How much of a text that still grows may be shown as the part's own: wherever the part will be cut, it is not before
 * that, and nothing is shown in half.
 */
export function findShown(text: string, options: CutOptions): number {
  const { room, least, isOpen } = options;
  const atBreak = bestBreak(
    findBreaks(text, options).filter(({ at }) => isLineKnown(text, at)),
    least,
  );
  if (atBreak !== undefined) return atBreak;
  // Behind the line that makes it full enough, what the next lines are decides about the cut.
  const newline = text.indexOf('\n', least - 1);
  const full = newline === -1 ? text : text.slice(0, newline);
  const lineStart = full.lastIndexOf('\n') + 1;
  const limit = room - MAX_CLOSING_LENGTH;
  const cuttable = new Cuttable(full, lineStart, { isOpen: isOpen && newline === -1, longest: limit });
  const end = Math.min(cuttable.openFrom, limit);
  // Behind the last character there may be one that combines with it.
  const known = Math.min(end, full.length - 1);
  return (
    cuttable.findLast(known, least, isSentenceEnd) ??
    cuttable.findLast(known, least, isWordEnd) ??
    // Between words or not, the cut is not before this.
    cuttable.lastOutsideThings(Math.min(end, Math.max(least, lineStart)))
  );
}

function findBreaks(text: string, { room, fence }: CutOptions): LineBreak[] {
  return findLineBreaks(text, fence).filter(
    ({ at, isInFence }) => at <= (isInFence ? room - MAX_CLOSING_LENGTH : room),
  );
}

function bestBreak(breaks: readonly LineBreak[], least: number): number | undefined {
  return (
    lastOf(breaks, least, 'paragraph', 'block') ??
    lastOf(breaks, least, 'item') ??
    lastOf(breaks, least, 'line')
  );
}

function lastOf(
  breaks: readonly LineBreak[],
  min: number,
  ...kinds: LineBreak['kind'][]
): number | undefined {
  return breaks.findLast(({ at, kind }) => at >= min && kinds.includes(kind))?.at;
}

/** The line that begins there has come far enough to tell what it is. */
function isLineKnown(text: string, at: number): boolean {
  return text.length >= at + LOOKAHEAD || text.includes('\n', at);
}

function isSentenceEnd(text: string, at: number): boolean {
  const last = text.charAt(at - 1);
  if ('。！？'.includes(last)) return true;
  return /\s/.test(last) && /[.!?…]["'”’)\]*_]{0,2}$/.test(text.slice(Math.max(0, at - 4), at - 1));
}

function isWordEnd(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at - 1));
}

function isAnywhere(): boolean {
  return true;
}

/**
 * The starts of lines in `text` where a cut makes sense, in order. Looks at a line's first characters only, so
 * that text still to come changes nothing.
 */
function findLineBreaks(text: string, fenceBefore: Fence | null): LineBreak[] {
  const breaks: LineBreak[] = [];
  let previous: Line | undefined;
  let lastSolid: Line | undefined;
  let fence = fenceBefore;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline + 1;
    const content = text.slice(start, end);
    const line: Line = {
      kind: toLineKind(content.slice(0, LOOKAHEAD)),
      start,
      fence,
      endsWithColon: /:\s*$/.test(content.slice(-8)),
    };
    const kind = previous && toBreakKind(previous, lastSolid ?? previous, line);
    if (kind) breaks.push({ at: start, kind, isInFence: fence !== null });
    fence = fenceAfter(content, fence);
    previous = line;
    if (line.kind !== 'blank') lastSolid = line;
    start = end;
  }
  return breaks;
}

function toLineKind(line: string): LineKind {
  if (line.trim() === '') return 'blank';
  if (line.startsWith('```')) return 'fence';
  if (/^(?:[-*+•]|\d{1,9}[.)])\s/.test(line)) return 'item';
  if (/^[ \t]{1,40}\S/.test(line)) return 'nested';
  if (/^\|/.test(line)) return 'row';
  if (/^(?:#{1,3}|-#)\s/.test(line)) return 'heading';
  return 'text';
}

/** The kind of break before `line`; undefined where a cut would look broken. */
function toBreakKind(previous: Line, lastSolid: Line, line: Line): BreakKind | undefined {
  if (line.fence) {
    const isFirstOfCode = previous.fence === null;
    return isFirstOfCode || line.kind === 'fence' ? undefined : 'line';
  }
  if (line.kind === 'blank') return undefined;
  if (lastSolid.kind === 'heading') return 'line';
  const isListGoingOn = isOfList(lastSolid) && isOfList(line);
  if (isListGoingOn) return line.kind === 'item' ? 'item' : 'line';
  if (previous.kind === 'blank') return 'paragraph';
  if (previous.endsWithColon) return 'line';
  return line.kind === previous.kind && line.kind !== 'fence' ? 'line' : 'block';
}

function isOfList(line: Line): boolean {
  return line.fence === null && (line.kind === 'item' || line.kind === 'nested');
}
