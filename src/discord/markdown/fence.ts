/** A code block that is open; Discord opens and closes one at every run of three or more backticks. */
export interface Fence {
  /** As written after the backticks, if a line break follows it; else empty. */
  readonly language: string;
}

const RUN = /`{3,}/g;
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

/** What a part must begin with so that the code block of the part before it goes on. */
export function toOpening(fence: Fence | null): string {
  return fence ? `\`\`\`${fence.language}\n` : '';
}

/** What a part must end with so that its code block is closed. At most four characters. */
export function toClosing(source: string, fence: Fence | null): string {
  if (!fence) return '';
  return source.endsWith('\n') ? '```' : '\n```';
}

export const MAX_CLOSING_LENGTH = 4;
