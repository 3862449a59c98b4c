/** From (inclusive) and to (exclusive). */
export type Span = readonly [from: number, to: number];

/** What Discord draws as one thing. Each expression is linear: bounded, or ended by what cannot occur in it. */
const UNBREAKABLE: Readonly<Record<string, RegExp>> = {
  // Custom emoji, mentions, commands, times, links without preview.
  '<': /<a?:\w{1,32}:\d{1,20}>|<(?:@[!&]?|#)\d{1,20}>|<\/[\w\- ]{1,100}:\d{1,20}>|<t:-?\d{1,15}(?::[a-zA-Z])?>|<https?:\/\/[^\s<>]{1,1900}>/y,
  // Masked links.
  '[': /\[[^[\]\n]{1,500}\]\([^\s()]{1,1500}(?: "[^"\n]{0,200}")?\)/y,
  h: /https?:\/\/[^\s<>]{1,1900}/y,
  // Code within a line, and the backticks of a block.
  '`': /`{3,}|`[^`\n]{1,500}`|``[^`\n]{1,500}``/y,
  '*': /\*{1,3}[^\s*\n][^*\n]{0,200}\*{1,3}/y,
  '|': /\|\|[^|\n]{1,300}\|\|/y,
  '~': /~~[^~\n]{1,300}~~/y,
};

/** Where `text` must not be cut, in order, without overlaps. */
export function findUnbreakable(text: string, from: number, to: number): Span[] {
  const spans: Span[] = [];
  let at = from;
  while (at < to) {
    const expression = UNBREAKABLE[text.charAt(at)];
    if (expression) expression.lastIndex = at;
    const length = expression?.exec(text)?.[0].length ?? 0;
    if (length > 1) spans.push([at, at + length]);
    at += Math.max(length, 1);
  }
  return spans;
}

/** The span that a cut at `at` would break. */
export function spanAround(spans: readonly Span[], at: number): Span | undefined {
  return spans.find(([from, to]) => from < at && at < to);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Below this only a line break of two characters joins with its neighbour. */
const FIRST_COMBINING = 0x300;

/** Whether what stands left and right of `at` are different characters to a reader. */
export function isGraphemeBoundary(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  const left = text.charCodeAt(at - 1);
  const right = text.charCodeAt(at);
  if (left < FIRST_COMBINING && right < FIRST_COMBINING) return !(left === 0x0d && right === 0x0a);
  return graphemeStart(text, at) === at;
}

/** The last grapheme boundary up to `at`. */
export function graphemeStart(text: string, at: number): number {
  return graphemes.segment(text).containing(at)?.index ?? at;
}
