/** A code block that is open; Discord opens and closes one at every run of three or more backticks. */
export interface Fence {
  /** As written after the backticks, if a line break follows it; else empty. */
  readonly language: string;
}

const RUN = /`{3,}/g;
const MAY_BE_EMPTY = /^(?:[\r\n]|`{3})/;
const LANGUAGE = /[\w+\-.#]{1,32}(?=\r?\n)/y;

/** Whether a code block is open after `text`, if `open` was before it. */
export function fenceAfter(text: string, open: Fence | null): Fence | null {
  let fence = open;
  for (const run of text.matchAll(RUN)) {
    if (fence) fence = null;
    else {
      LANGUAGE.lastIndex = run.index + run[0].length;
      fence = { language: LANGUAGE.exec(text)?.[0] ?? '' };
    }
  }
  return fence;
}

/**
 * What a part that goes on with `source` must begin with so that the code block of the part before it goes on. To
 * Discord a block of nothing but line breaks is none, and its closing backticks would open one: so where it may become
 * that, it gets a space. Its first character decides, since more may follow what is shown already.
 */
export function toOpening(fence: Fence | null, source: string): string {
  if (!fence) return '';
  return `\`\`\`${fence.language}\n${MAY_BE_EMPTY.test(source) ? ' ' : ''}`;
}

/** What a part must end with so that its code block is closed. At most four characters. */
export function toClosing(source: string, fence: Fence | null): string {
  if (!fence) return '';
  return source.endsWith('\n') ? '```' : '\n```';
}

export const MAX_CLOSING_LENGTH = 4;
