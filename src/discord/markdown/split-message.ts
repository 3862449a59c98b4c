import { fenceAfter, toClosing, toOpening } from './fence.ts';
import type { Fence } from './fence.ts';
import { findCut, findShown, LOOKAHEAD } from './find-cut.ts';
import type { CutOptions } from './find-cut.ts';

export interface SplitOptions {
  /** Characters of one message (2,000, Discord's limit). At least 100. */
  readonly maxLength?: number;
  /** What is beyond is left out (Infinity). */
  readonly maxParts?: number;
}

/** One message's share of a text. */
export interface Part {
  /** The piece of the text; all of them joined are the text. */
  readonly source: string;
  /** What is sent: the piece, with its code block reopened and closed. */
  readonly content: string;
}

const DEFAULT_MAX_LENGTH = 2000;
/**
 * All cuts together leave less than one message empty, so that there is at most one part more than the text needs:
 * the first ones, which most answers end with, take most of it, to keep paragraphs and tables whole.
 */
const SPARE = 0.75;
const SHARE_OF_SPARE = 0.8;
/** A line or a word is found within so much of a message. */
const LEAST_SHARE = 0.04;

/** Contents of the messages that show `text`, each valid on its own; blank ones are left out. */
export function splitMessage(text: string, options: SplitOptions = {}): string[] {
  return splitParts(text, options)
    .filter((part) => !isBlank(part))
    .map(({ content }) => content);
}

/** Every part of a text. Lone surrogates are replaced; nothing else is changed. */
export function splitParts(text: string, options: SplitOptions = {}): Part[] {
  const stream = createPartStream(options);
  stream.append(text);
  return [...stream.end()];
}

/**
 * Splits a text that is still growing. A part that another follows never changes any more, the last one only grows,
 * and in the end the parts are those of the whole text, however it came in.
 */
export interface PartStream {
  /** Cheap: the work is done when the parts are asked for. */
  append(text: string): void;
  /** Settled parts, and last as much of the one that still grows as is sure to be its own. */
  parts(): readonly Part[];
  /** The text is complete. */
  end(): readonly Part[];
}

export function createPartStream(options: SplitOptions = {}): PartStream {
  const maxLength = options.maxLength ?? DEFAULT_MAX_LENGTH;
  if (!Number.isInteger(maxLength) || maxLength < LOOKAHEAD) {
    throw new RangeError(`maxLength must be an integer of at least ${LOOKAHEAD}, got ${maxLength}`);
  }
  const maxParts = options.maxParts ?? Infinity;
  const settled: Part[] = [];
  let tail = '';
  let half = '';
  let fence: Fence | null = null;
  let spare = maxLength * SPARE;

  const doesFit = (): boolean => tail.length <= maxLength && toPart(tail, fence).content.length <= maxLength;
  const toOptions = (isOpen: boolean): CutOptions => {
    const room = maxLength - toOpening(fence, tail).length;
    const least = Math.ceil(room - Math.max(spare * SHARE_OF_SPARE, maxLength * LEAST_SHARE));
    return { room, least, fence, isOpen };
  };
  const settle = (cut: number): void => {
    const part = toPart(tail.slice(0, cut), fence);
    settled.push(part);
    fence = fenceAfter(part.source, fence);
    tail = tail.slice(cut);
    spare = Math.max(0, spare - (maxLength - part.content.length));
  };
  const settleAll = (isEnd: boolean): void => {
    const window = maxLength + LOOKAHEAD;
    while (settled.length < maxParts && (isEnd ? !doesFit() : tail.length >= window)) {
      settle(findCut(tail.slice(0, window), toOptions(tail.length >= window)));
    }
    if (settled.length >= maxParts) tail = '';
  };

  return {
    append: (text) => {
      if (settled.length >= maxParts) return;
      // The second half of a surrogate pair may come with the next piece.
      const whole = half + text;
      half = /[\ud800-\udbff]$/.test(whole) ? whole.slice(-1) : '';
      tail += (half === '' ? whole : whole.slice(0, -1)).toWellFormed();
    },
    parts: () => {
      settleAll(false);
      const growing = toPart(tail.slice(0, findShown(tail, toOptions(true))), fence);
      return growing.source === '' ? settled : [...settled, growing];
    },
    end: () => {
      tail += half.toWellFormed();
      half = '';
      settleAll(true);
      if (tail !== '') settle(tail.length);
      return settled;
    },
  };
}

/** Nothing of the part would be seen. */
export function isBlank(part: Part): boolean {
  return !/[^\s\u200b-\u200f\u2060\ufeff]/.test(part.source);
}

function toPart(source: string, fence: Fence | null): Part {
  return {
    source,
    content: toOpening(fence, source) + source + toClosing(source, fenceAfter(source, fence)),
  };
}
