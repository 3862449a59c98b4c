/** What was done and seen, for whoever has to find out why it went wrong. */
export interface History {
  add(what: string): void;
  /** ms since the beginning. */
  now(): number;
  /** All lines, or those that name one of `words`. */
  lines(words?: readonly string[]): readonly string[];
}

const MAX_LINES = 50_000;

export function createHistory(): History {
  const startedAt = performance.now();
  const lines: string[] = [];
  const now = (): number => performance.now() - startedAt;
  return {
    now,
    add(what) {
      lines.push(`${(now() / 1000).toFixed(3).padStart(9)} s  ${what}`);
      if (lines.length > MAX_LINES) lines.shift();
    },
    lines: (words) =>
      words === undefined ? lines : lines.filter((line) => words.some((word) => line.includes(word))),
  };
}
