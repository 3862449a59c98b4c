import { expect, test } from 'vitest';
import { isFlawless } from '../../../sandbox/crowd/report.ts';
import { runCrowd as run } from '../../../sandbox/crowd/run-crowd.ts';
import type { RunCrowdOptions } from '../../../sandbox/crowd/run-crowd.ts';

const QUICK = { firstTokenMs: 100, tokenMs: 5, tokens: 20 };
const runCrowd = (options: RunCrowdOptions) => run({ settleMs: 150, ...options });

test('a crowd has its answers, whole, once, in order and without a 429', async () => {
  const seen: number[] = [];
  const report = await runCrowd({
    people: 24,
    channels: 8,
    pace: QUICK,
    onProgress: ({ completed }) => seen.push(completed),
  });
  expect(report).toMatchObject({
    asked: 24,
    answered: 24,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    rateLimited: 0,
  });
  expect(isFlawless(report)).toBe(true);
  expect(report.peakActive).toBe(24);
  expect(report.peakActivePerUser).toBe(1);
  expect(seen.at(-1)).toBe(24);
});

test('answers to the questions of one person come in their order', async () => {
  const report = await runCrowd({ people: 3, channels: 3, questionsPerPerson: 3, pace: QUICK });
  expect(report).toMatchObject({ asked: 9, answered: 9, outOfOrder: 0 });
  expect(report.peakActivePerUser).toBe(1);
});

test('never more runs than the bot was told', async () => {
  const report = await runCrowd({
    people: 12,
    channels: 4,
    pace: QUICK,
    environment: { MAX_CONCURRENT_RUNS: '3' },
  });
  expect(report.answered).toBe(12);
  expect(report.peakActive).toBe(3);
});

test('an answer that never comes is lost, and said to be', async () => {
  const pace = { ...QUICK, firstTokenMs: Infinity };
  const report = await runCrowd({
    people: 2,
    channels: 1,
    pace,
    timeoutMs: 300,
    environment: { SHUTDOWN_GRACE_MS: '100', LOG_LEVEL: 'silent' },
  });
  expect(report).toMatchObject({ asked: 2, answered: 0, lost: 2 });
  expect(isFlawless(report)).toBe(false);
});
