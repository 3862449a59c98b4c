import { promises, type Promised, type Violation } from './checker.ts';
import type { NemesisReport } from './run-nemesis.ts';

const WORDS: Readonly<Record<Promised, string>> = {
  lost: 'questions without one end',
  duplicated: 'parts or ends that are there twice',
  'out of order': 'answers out of order',
  'tools repeated': 'tool calls of finished steps made again',
  forgotten: 'acknowledged memories missing',
  leaked: 'words that reached the wrong people',
};
const MAX_SHOWN = 10;

export function isFlawless({ violations, openRuns, crashes }: NemesisReport): boolean {
  return violations.length + openRuns.length + crashes.length === 0;
}

/** What was promised and what was found, with the history of what went wrong. */
export function formatNemesisReport(report: NemesisReport): string {
  const { seed, questions, outcomes, faults, openRuns, crashes, violations } = report;
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
    '',
    ...rows.map(([name, count]) => `${String(count).padStart(6)}  ${name}`),
    ...toDetails(report),
  ].join('\n');
}

function toDetails({ violations, openRuns, crashes, history }: NemesisReport): string[] {
  const shown = violations.slice(0, MAX_SHOWN).flatMap(({ promise, question, what }) => {
    const name = `p${question.person}.q${question.question}`;
    const words = [
      `${name} `,
      `${name}.`,
      question.messageId,
      'fault:',
      'over:',
      'bot is ready',
      'bot ended',
    ];
    const lines = history.lines(words);
    const from = lines.findIndex((line) => line.includes(`${name} asks`));
    const to = lines.findLastIndex((line) => line.includes(name) || line.includes(question.messageId));
    return ['', `${promise}: ${name}, ${what}`, ...lines.slice(Math.max(0, from), to + 3)];
  });
  const more = violations.length - MAX_SHOWN;
  return [
    ...shown,
    ...(more > 0 ? ['', `… and ${more} more`] : []),
    ...(openRuns.length > 0 ? ['', `Still open: ${openRuns.join(', ')}`] : []),
    ...(crashes.length > 0 ? ['', ...crashes.slice(0, MAX_SHOWN)] : []),
  ];
}

function countOf(violations: readonly Violation[], promise: Promised): number {
  return violations.filter((violation) => violation.promise === promise).length;
}
