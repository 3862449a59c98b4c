import { fenceAfter } from './fence.ts';
import type { Fence } from './fence.ts';

/**
 * What a cut at the start of a line would part, best first: two paragraphs; two blocks without a blank line
 * between (a list, table, heading or code block begins or ends); two items of a list; two lines.
 */
export type BreakKind = 'paragraph' | 'block' | 'item' | 'line';

export interface LineBreak {
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
 * The starts of lines in `text` where a cut makes sense, in order. Looks at a line's first characters only, so
 * that text still to come changes nothing.
 */
export function findLineBreaks(text: string, fenceBefore: Fence | null): LineBreak[] {
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
