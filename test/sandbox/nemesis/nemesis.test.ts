import { expect, test } from 'vitest';
import { allFaults, killFault } from '../../../sandbox/nemesis/faults.ts';
import { formatNemesisReport, isFlawless } from '../../../sandbox/nemesis/report.ts';
import { runNemesis } from '../../../sandbox/nemesis/run-nemesis.ts';

/** Those from which the bot recovers within a second or two. */
const QUICK = [
  'sockets dropped',
  'resumes refused',
  'dispatches three times',
  'REST 500',
  'REST 500 after the effect',
  'REST reset after the effect',
  'disk slow',
];

test('people talk while the process is killed and everything around it breaks: each question has one end', async () => {
  const report = await runNemesis({
    seed: 48,
    people: 3,
    durationMs: 2_000,
    faults: [killFault, ...allFaults.filter(({ name }) => QUICK.includes(name))],
    meanGapMs: 700,
    meanFaultGapMs: 350,
    calmMs: 25_000,
  });
  expect(isFlawless(report), formatNemesisReport(report)).toBe(true);
  expect(report.kills).toBeGreaterThan(0);
  expect(Object.keys(report.faults).length).toBeGreaterThanOrEqual(4);
  expect(report.outcomes.whole).toBeGreaterThan(8);
}, 60_000);
