import { MAX_CLOSING_LENGTH } from './fence.ts';
import type { Fence } from './fence.ts';
import { findLineBreaks, LOOKAHEAD } from './line-breaks.ts';
import type { LineBreak } from './line-breaks.ts';
import { findUnbreakable, graphemeStart, isGraphemeBoundary, spanAround } from './unbreakable.ts';
import type { Span } from './unbreakable.ts';

/** A part is at least this full before a cut at a lesser place is preferred to an emptier part. */
const GOOD_FILL = 0.4;
const POOR_FILL = 0.25;
/** A cut for height alone leaves at least so much before and behind it. */
const SUBSTANTIAL = 500;

/**
 * Where a part that is tall enough may end, though more would fit: at the last paragraph within `softLines`.
 * Undefined while there is none, or too little to be worth a message of its own.
 */
export function findSoftCut(
  text: string,
  room: number,
  fence: Fence | null,
  softLines: number,
): number | undefined {
  const end = endOfLine(text, softLines, room - SUBSTANTIAL);
  if (end === undefined || text.length < end + LOOKAHEAD) return undefined;
  const cut = findLineBreaks(text.slice(0, end + LOOKAHEAD), fence).findLast(
    ({ at, kind, isInFence }) => at <= end && !isInFence && (kind === 'paragraph' || kind === 'block'),
  )?.at;
  return cut !== undefined && cut >= SUBSTANTIAL && text.length >= cut + SUBSTANTIAL ? cut : undefined;
}

/** The index behind the `count`th line, if that is not beyond `limit`. */
function endOfLine(text: string, count: number, limit: number): number | undefined {
  let end = 0;
  for (let line = 0; line < count; line += 1) {
    const newline = text.indexOf('\n', end);
    if (newline === -1 || newline >= limit) return undefined;
    end = newline + 1;
  }
  return end;
}

/**
 * Where to cut `text`, of which no more than `room` characters fit (fewer where a code block must be closed).
 * Prefers paragraphs, then blocks, items, lines, sentences, words; whatever comes, it cuts between characters.
 */
export function findCut(text: string, room: number, fence: Fence | null): number {
  const breaks = findLineBreaks(text, fence).filter(
    ({ at, isInFence }) => at <= (isInFence ? room - MAX_CLOSING_LENGTH : room),
  );
  const good = room * GOOD_FILL;
  const poor = room * POOR_FILL;
  const limit = room - MAX_CLOSING_LENGTH;
  const inLine = createInLineCuts(text, breaks.at(-1)?.at ?? 0, limit);
  return (
    lastOf(breaks, good, 'paragraph', 'block') ??
    lastOf(breaks, poor, 'block') ??
    lastOf(breaks, good, 'item') ??
    lastOf(breaks, good, 'line') ??
    inLine(good, isSentenceEnd) ??
    inLine(poor, isWordEnd) ??
    lastOf(breaks, 1, 'paragraph', 'block', 'item', 'line') ??
    inLine(1, isWordEnd) ??
    cutAnywhere(text, limit)
  );
}

function lastOf(
  breaks: readonly LineBreak[],
  min: number,
  ...kinds: LineBreak['kind'][]
): number | undefined {
  return breaks.findLast(({ at, kind }) => at >= min && kinds.includes(kind))?.at;
}

/** Finds the last cut within the last line that fits, such that `isEnd` holds and nothing is broken. */
function createInLineCuts(text: string, lineStart: number, limit: number) {
  let spans: Span[] | undefined;
  return (min: number, isEnd: (text: string, at: number) => boolean): number | undefined => {
    for (let at = limit; at >= min && at > lineStart; at -= 1) {
      if (!isEnd(text, at) || !isGraphemeBoundary(text, at)) continue;
      spans ??= findUnbreakable(text, lineStart, limit);
      const span = spanAround(spans, at);
      if (!span) return at;
      at = span[0] + 1;
    }
    return undefined;
  };
}

function isSentenceEnd(text: string, at: number): boolean {
  const last = text.charAt(at - 1);
  if ('。！？'.includes(last)) return true;
  return /\s/.test(last) && /[.!?…]["'”’)\]*_]{0,2}$/.test(text.slice(Math.max(0, at - 4), at - 1));
}

function isWordEnd(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at - 1));
}

function cutAnywhere(text: string, limit: number): number {
  const span = spanAround(findUnbreakable(text, 0, limit), limit);
  const at = span && span[0] > 0 ? span[0] : limit;
  const start = graphemeStart(text, at);
  if (start > 0) return start;
  // One character to a reader, yet longer than a message: at least no surrogate pair is parted.
  const isPair = /[\udc00-\udfff]/.test(text.charAt(limit)) && /[\ud800-\udbff]/.test(text.charAt(limit - 1));
  return isPair ? limit - 1 : limit;
}
