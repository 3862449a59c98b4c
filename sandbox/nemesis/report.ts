import { toName } from './answer.ts';

import type { History } from './history.ts';
import type { NemesisReport } from './run-nemesis.ts';
import { promises, type Promised, type Violation } from './trial.ts';

const WORDS: Readonly<Record<Promised, string>> = {
  lost: 'questions without one end',
  duplicated: 'parts or ends that are there twice',
  kept: 'words that were taken back and kept',
  outdated: 'answers to a text that was edited since',
  'not stopped': 'answers that began after /stop',
  'out of order': 'answers out of order',
  'tools repeated': 'tool calls of finished steps made again',
  forgotten: 'acknowledged memories missing',
  leaked: 'words that reached the wrong people',
};
/** Of each promise. */
const MAX_SHOWN = 4;
const MAX_NOTICES = 8;

export function isFlawless({ violations, openRuns, crashes }: NemesisReport): boolean {
  return violations.length + openRuns.length + crashes.length === 0;
}

/** What was promised and what was found, with the history of what went wrong. */
export function formatNemesisReport(report: NemesisReport): string {
  const { seed, questions, outcomes, notices, faults, openRuns, crashes, violations } = report;
  const rows: [string, number][] = [
    ...promises.map((promise): [string, number] => [WORDS[promise], countOf(violations, promise)]),
    ['runs that are still open', openRuns.length],
    ['errors that nobody caught', crashes.length],
  ];
  const faultList = Object.entries(faults)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} ×${count}`);
  return [
    `Seed ${seed}. Faults: ${faultList.join(', ') || 'none'}.`,
    `${questions} questions: ${outcomes.whole} answered whole, ${outcomes.notice} ended with a notice, ` +
      `${outcomes.nothing} stopped or deleted unseen.`,
    ...[...notices]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, MAX_NOTICES)
      .map(([notice, count]) => `${String(count).padStart(6)} × ${JSON.stringify(notice)}`),
    '',
    ...rows.map(([name, count]) => `${String(count).padStart(6)}  ${name}`),
    ...toDetails(report),
  ].join('\n');
}

function toDetails({ violations, openRuns, crashes, history }: NemesisReport): string[] {
  const chosen = promises.flatMap((promise) =>
    violations.filter((violation) => violation.promise === promise).slice(0, MAX_SHOWN),
  );
  const shown = chosen.flatMap((violation) => ['', ...toStory(violation, history)]);
  const more = violations.length - chosen.length;
  return [
    ...shown,
    ...(more > 0 ? ['', `… and ${more} more`] : []),
    ...(openRuns.length > 0 ? ['', `Still open: ${openRuns.join(', ')}`] : []),
    ...(crashes.length > 0 ? ['', ...crashes.slice(0, MAX_SHOWN)] : []),
  ];
}

/** What happened to a question, from when it was asked to the last that was seen of it. */
function toStory({ promise, question, what }: Violation, history: History): string[] {
  const name = toName(question);
  const who = `p${question.person}`;
  const own = [`${name} `, `${name}.`, question.messageId, `${who} stops`, `${who} resets`, `${who}'s`];
  const lines = history.lines([...own, 'fault:', 'over:', 'bot is ready', 'bot ended']);
  const isOwn = (line: string): boolean => own.some((word) => line.includes(word));
  const first = lines.findIndex((line) => line.includes(`${name} `));
  return [`${promise}: ${name}, ${what}`, ...lines.slice(first, lines.findLastIndex(isOwn) + 3)];
}

function countOf(violations: readonly Violation[], promise: Promised): number {
  return violations.filter((violation) => violation.promise === promise).length;
}
