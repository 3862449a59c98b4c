import { findLines, toName, withoutLines } from './answer.ts';
import type { Question } from './question.ts';
import type { Seen } from './sightings.ts';

/** How a question ended, as far as can be read. */
export type Outcome = 'whole' | 'notice' | 'partial' | 'nothing';

export interface Reading {
  readonly outcome: Outcome;
  /** Version whose answer stands there. */
  readonly version: number | undefined;
  /** Lines that stand there twice, or of more than one version. */
  readonly repeated: readonly string[];
  /** Messages and marks that are each an end of its own. */
  readonly ends: readonly string[];
  /** What is said beside lines of answers. */
  readonly notices: readonly string[];
  /** It was not taken, and its person was told. */
  readonly isRefused: boolean;
  readonly seen: readonly Seen[];
}

/** Not an end yet. */
const PLACE = /^You are number \d+ in line\.$/;
const REFUSAL =
  /^(You already have \d+ questions? waiting|Too many questions|I have more to do|I am about to restart)/;

/** `seen`: what hangs at the question or belongs to it. `isMarked`: it was refused without words. */
export function readOutcome(question: Question, seen: readonly Seen[], isMarked: boolean): Reading {
  const name = toName(question);
  const lines = seen.flatMap(({ content }) => findLines(content)).filter((line) => toName(line) === name);
  const versions = [...new Set(lines.map(({ version }) => version))];
  const counts = new Map<number, number>();
  for (const { line } of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const repeated = [...counts].filter(([, count]) => count > 1).map(([line]) => `line ${line}`);
  const [first] = lines;
  const isOrdered = lines.every(({ line }, index) => line === index + 1);
  const isWhole = first !== undefined && isOrdered && lines.length === first.of && versions.length === 1;
  const notices = seen.map(({ content }) => withoutLines(content)).filter(isNotice);
  const isRefused = isMarked || notices.some((notice) => REFUSAL.test(notice));
  return {
    outcome: isWhole ? 'whole' : notices.length > 0 || isMarked ? 'notice' : first ? 'partial' : 'nothing',
    version: isWhole ? first.version : undefined,
    repeated: versions.length > 1 ? [...repeated, `versions ${versions.join(' and ')}`] : repeated,
    ends: toEnds(question, seen, isMarked && first !== undefined),
    notices,
    isRefused,
    seen,
  };
}

/** An answer hangs at its question by its first message alone; who is refused twice, in words and by a mark, has one end. */
function toEnds(question: Question, seen: readonly Seen[], isAnsweredAndMarked: boolean): readonly string[] {
  // A wish to have it answered once more, or in other words, may be refused while the answer stands.
  const mayBeRefusedLater = question.presses.length > 0 || question.edits.length > 0;
  const counted = mayBeRefusedLater ? seen.filter(({ content }) => !REFUSAL.test(content)) : seen;
  const replies = counted.filter(({ replyTo }) => replyTo === question.messageId);
  const said = counted.filter(({ content }) => isNotice(withoutLines(content)));
  const messages = replies.length >= said.length ? replies : said;
  const marks = isAnsweredAndMarked && !mayBeRefusedLater ? ['the mark of a refusal'] : [];
  return [...messages.map(({ messageId }) => `message ${messageId}`), ...marks];
}

function isNotice(beside: string): boolean {
  return beside !== '' && !PLACE.test(beside);
}
