import { isFlawless } from './report.ts';
import type { CrowdReport, Percentiles } from './report.ts';

const LABEL_WIDTH = 26;

/** The report as a table for a terminal. */
export function formatReport(report: CrowdReport): string {
  const rows: readonly (readonly [label: string, value: string])[] = [
    ['answered', `${report.answered} of ${report.asked}`],
    ['lost', String(report.lost)],
    ['duplicated', String(report.duplicated)],
    ['out of order', String(report.outOfOrder)],
    ['requests answered 429', String(report.rateLimited)],
    ['first text, beyond model', formatPercentiles(report.firstText)],
    ['whole answer', formatPercentiles(report.total)],
    ['seen to grow', `${report.grown} answers`],
    ['most runs at once', `${report.peakActive} in all, ${report.peakActivePerUser} of one person`],
    [
      'requests',
      `${report.requestsPerAnswer.toFixed(2)} an answer, at most ${report.peakRequestsPerSecond} in a second`,
    ],
    ['time until all answered', formatSeconds(report.durationMs)],
    ['Discord allows it in', report.limitMs === 0 ? 'no limit for so few' : formatSeconds(report.limitMs)],
    ['the model alone takes', formatSeconds(report.modelMs)],
    ['efficiency', report.efficiency === undefined ? '–' : report.efficiency.toFixed(2)],
  ];
  const title = `${count(report.people, 'person', 'people')} in ${count(report.channels, 'channel', 'channels')}`;
  const verdict = isFlawless(report)
    ? 'Everybody has the whole answer, once and in order.'
    : 'Something went wrong: see lost, duplicated, out of order and 429 above.';
  const lines = rows.map(([label, value]) => `  ${label.padEnd(LABEL_WIDTH)}${value}`);
  return ['', `  ${title}`, `  ${'─'.repeat(LABEL_WIDTH + 50)}`, ...lines, '', `  ${verdict}`, ''].join('\n');
}

function formatPercentiles({ p50, p95, p99, max }: Percentiles): string {
  const cells = Object.entries({ p50, p95, p99, max });
  return cells.map(([name, value]) => `${name} ${formatSeconds(value)}`).join('   ');
}

function formatSeconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
