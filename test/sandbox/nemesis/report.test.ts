import { expect, test } from 'vitest';
import { check } from '../../../sandbox/nemesis/checker.ts';
import { createHistory } from '../../../sandbox/nemesis/history.ts';
import { formatNemesisReport, isFlawless } from '../../../sandbox/nemesis/report.ts';
import type { NemesisReport } from '../../../sandbox/nemesis/run-nemesis.ts';
import { makeUp, type MadeUp } from './evidence.ts';

function toReport(made: MadeUp, changes: Partial<NemesisReport> = {}): NemesisReport {
  const evidence = made.evidence();
  return {
    ...check(evidence),
    ...{ seed: 42, questions: evidence.questions.length, kills: 1, faults: { 'kill -9': 1 } },
    ...{ openRuns: [], crashes: [], history: createHistory(), log: [] },
    ...changes,
  };
}

test('a broken promise is told with the seed, and with the history of its question alone', () => {
  const made = makeUp();
  made.ask(1);
  made.answer(made.ask(2));
  const history = createHistory();
  for (const line of ['p1.q1 asks (short)', 'p1.q2 asks (short)', 'fault: kill -9']) history.add(line);
  history.add('bot posts 2000, to 1001: p1.q1 is lost');
  const report = toReport(made, { history });
  expect(isFlawless(report)).toBe(false);
  const text = formatNemesisReport(report);
  expect(text).toContain('Seed 42.');
  expect(text).toContain('     1  questions without one end');
  const story = text.slice(text.indexOf('lost: p1.q1'));
  expect(story).toMatch(/p1\.q1 asks[^]*fault: kill -9[^]*bot posts 2000/);
  expect(story).not.toContain('p1.q2');
});

test('runs that are left open and errors that nobody caught are failures too', () => {
  const made = makeUp();
  made.answer(made.ask(1));
  expect(isFlawless(toReport(made))).toBe(true);
  const open = toReport(made, { openRuns: ['1001'] });
  expect(isFlawless(open)).toBe(false);
  expect(formatNemesisReport(open)).toContain('Still open: 1001');
  const crashed = toReport(made, { crashes: ['an error that nobody caught'] });
  expect(isFlawless(crashed)).toBe(false);
  expect(formatNemesisReport(crashed)).toContain('an error that nobody caught');
});
