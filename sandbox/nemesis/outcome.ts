import { findLines, withoutLines } from './answer.ts';
import type { Seen } from './sightings.ts';
import type { Question } from './talk.ts';

/** How a question ended, as far as can be read. */
export type Outcome = 'whole' | 'notice' | 'partial' | 'nothing';

export interface Reading {
  readonly outcome: Outcome;
  /** Version whose answer stands there. */
  readonly version: number | undefined;
  /** Lines that stand there twice, or of more than one version. */
  readonly repeated: readonly string[];
  /** There are two ends. */
  readonly isDouble: boolean;
  /** What is said beside lines of the answer. */
  readonly notices: readonly string[];
  readonly seen: readonly Seen[];
}

/** Not an end yet. */
const PLACE = /^You are number \d+ in line\.$/;

/** `seen`: what hangs at the question or belongs to it. `isMarked`: it was refused without words. */
export function readOutcome(question: Question, seen: readonly Seen[], isMarked: boolean): Reading {
  const lines = seen.flatMap(({ content }) => findLines(content));
  const versions = [...new Set(lines.map(({ version }) => version))];
  const counts = new Map<number, number>();
  for (const { line } of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const repeated = [...counts].filter(([, count]) => count > 1).map(([line]) => `line ${line}`);
  const [first] = lines;
  const isOrdered = lines.every(({ line }, index) => line === index + 1);
  const isWhole = first !== undefined && isOrdered && lines.length === first.of && versions.length === 1;
  const notices = seen.map(({ content }) => withoutLines(content)).filter(isNotice);
  const ends = seen.filter(({ replyTo }) => replyTo === question.messageId).length;
  return {
    outcome: isWhole ? 'whole' : notices.length > 0 || isMarked ? 'notice' : first ? 'partial' : 'nothing',
    version: isWhole ? first.version : undefined,
    repeated: versions.length > 1 ? [...repeated, `versions ${versions.join(' and ')}`] : repeated,
    // An answer hangs at its question by its first message alone.
    // Who is refused twice, in words and by a mark, has still one end.
    isDouble: ends > 1 || notices.length > 1 || (isMarked && first !== undefined),
    notices,
    seen,
  };
}

function isNotice(beside: string): boolean {
  return beside !== '' && !PLACE.test(beside);
}
