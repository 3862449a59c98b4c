import { fenceAfter, toClosing, toOpening } from './fence.ts';
import type { Fence } from './fence.ts';
import { findCut, findSoftCut } from './find-cut.ts';
import { LOOKAHEAD } from './line-breaks.ts';

export interface SplitOptions {
  /** Characters of one message (2,000, Discord's limit). At least 100. */
  readonly maxLength?: number;
  /** Lines after which a message counts as tall (17). */
  readonly softLines?: number;
}

/** One message's share of a text. */
export interface Part {
  /** The piece of the text; all of them joined are the text. */
  readonly source: string;
  /** What is sent: the piece, with its code block reopened and closed. */
  readonly content: string;
}

const DEFAULT_MAX_LENGTH = 2000;
const DEFAULT_SOFT_LINES = 17;

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
 * Splits a text that is still growing. A part that another follows never changes any more, and in the end the
 * parts are those of the whole text, however it came in.
 */
export interface PartStream {
  /** Cheap: the work is done when the parts are asked for. */
  append(text: string): void;
  /** Settled parts, and last the one that still grows. */
  parts(): readonly Part[];
  /** The text is complete. */
  end(): readonly Part[];
}

export function createPartStream(options: SplitOptions = {}): PartStream {
  const maxLength = options.maxLength ?? DEFAULT_MAX_LENGTH;
  if (!Number.isInteger(maxLength) || maxLength < LOOKAHEAD) {
    throw new RangeError(`maxLength must be an integer of at least ${LOOKAHEAD}, got ${maxLength}`);
  }
  const softLines = options.softLines ?? DEFAULT_SOFT_LINES;
  const settled: Part[] = [];
  let tail = '';
  let half = '';
  let fence: Fence | null = null;

  const roomLeft = (): number => maxLength - toOpening(fence).length;
  const doesFit = (): boolean => tail.length <= maxLength && toPart(tail, fence).content.length <= maxLength;
  const settle = (cut: number): void => {
    const part = toPart(tail.slice(0, cut), fence);
    settled.push(part);
    fence = fenceAfter(part.source, fence);
    tail = tail.slice(cut);
  };
  const settleAll = (isEnd: boolean): void => {
    for (;;) {
      const soft = findSoftCut(tail, roomLeft(), fence, softLines);
      if (soft !== undefined) settle(soft);
      else if (isEnd ? !doesFit() : tail.length >= maxLength + LOOKAHEAD) settle(nextCut());
      else return;
    }
  };
  const nextCut = (): number => findCut(tail.slice(0, maxLength + LOOKAHEAD), roomLeft(), fence);

  return {
    append: (text) => {
      // The second half of a surrogate pair may come with the next piece.
      const whole = half + text;
      half = /[\ud800-\udbff]$/.test(whole) ? whole.slice(-1) : '';
      tail += (half === '' ? whole : whole.slice(0, -1)).toWellFormed();
    },
    parts: () => {
      settleAll(false);
      const growing = toPart(doesFit() ? tail : tail.slice(0, nextCut()), fence);
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
  return part.source.replaceAll(/[\s\u200b-\u200f\u2060\ufeff]/g, '') === '';
}

function toPart(source: string, fence: Fence | null): Part {
  return { source, content: toOpening(fence) + source + toClosing(source, fenceAfter(source, fence)) };
}
