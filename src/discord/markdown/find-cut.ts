import { MAX_CLOSING_LENGTH } from './fence.ts';
import type { Fence } from './fence.ts';
import { findLineBreaks, LOOKAHEAD } from './line-breaks.ts';
import type { LineBreak } from './line-breaks.ts';
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
