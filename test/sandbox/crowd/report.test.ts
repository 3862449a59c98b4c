import { describe, expect, test } from 'vitest';
import { formatReport } from '../../../sandbox/crowd/format-report.ts';
import type { QuestionRecord } from '../../../sandbox/crowd/ledger.ts';
import { defaultPace } from '../../../sandbox/crowd/question.ts';
import { discordLimitMs, isFlawless, toCrowdReport, toPercentiles } from '../../../sandbox/crowd/report.ts';

function answered(person: number, question: number, more: Partial<QuestionRecord> = {}): QuestionRecord {
  return {
    person,
    question,
    channelId: '1',
    askedAt: 0,
    firstTextAt: 400 * question,
    completedAt: 1_000 * question,
    growths: 0,
    isDuplicated: false,
    ...more,
  };
}

function report(records: readonly QuestionRecord[], rateLimited = 0) {
  return toCrowdReport({
    records,
    people: 2,
    channels: 1,
    pace: defaultPace,
    requests: records.length * 2,
    rateLimited,
    peakRequestsPerSecond: 4,
    peakActive: 2,
    peakActivePerUser: 1,
  });
}

describe('the limit that Discord sets', () => {
  const inChannels = (people: number, channels: number) =>
    Array.from({ length: people }, (_, index) => ({
      person: index + 1,
      question: 1,
      channelId: String(index % channels),
    }));

  test.each([
    { people: 5, channels: 1, limitMs: 100 },
    { people: 6, channels: 1, limitMs: 5_020 },
    { people: 60, channels: 1, limitMs: 55_100 },
    { people: 100, channels: 100, limitMs: 2_000 },
    { people: 200, channels: 20, limitMs: 7_000 },
    { people: 500, channels: 50, limitMs: 10_000 },
  ])('$people people in $channels channels need $limitMs ms', ({ people, channels, limitMs }) => {
    expect(discordLimitMs(inChannels(people, channels), { tokens: 20 })).toBe(limitMs);
  });

  test('counts every message of a long answer', () => {
    expect(discordLimitMs(inChannels(4, 1), { tokens: 700 })).toBe(10_040);
  });
});

test('a flawless crowd', () => {
  const result = report([answered(1, 1), answered(1, 2), answered(2, 1)]);
  expect(isFlawless(result)).toBe(true);
  expect(result).toMatchObject({ asked: 3, answered: 3, lost: 0, duplicated: 0, outOfOrder: 0 });
  expect(result).toMatchObject({ durationMs: 2_000, requestsPerAnswer: 2 });
  expect(result.firstText).toMatchObject({ p50: 100, max: 500 });
  expect(formatReport(result)).toContain('3 of 3');
});

test('a question without its whole answer is lost', () => {
  const result = report([answered(1, 1), answered(2, 1, { completedAt: undefined })]);
  expect(result.lost).toBe(1);
  expect(isFlawless(result)).toBe(false);
});

test('a duplicate and a 429 are flaws', () => {
  expect(isFlawless(report([answered(1, 1, { isDuplicated: true })]))).toBe(false);
  expect(isFlawless(report([answered(1, 1)], 1))).toBe(false);
});

describe('order', () => {
  test('an answer that comes before that to an earlier question of the same person is out of order', () => {
    const result = report([answered(1, 1, { firstTextAt: 900, completedAt: 3_000 }), answered(1, 2)]);
    expect(result.outOfOrder).toBe(1);
    expect(isFlawless(result)).toBe(false);
  });

  test('people among each other have none', () => {
    expect(report([answered(1, 1, { completedAt: 9_000 }), answered(2, 1)]).outOfOrder).toBe(0);
  });
});

test('percentiles are of the values that were there', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(toPercentiles(values)).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 });
  expect(toPercentiles([])).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 });
});
