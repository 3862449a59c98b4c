import type { CrowdPace } from './question.ts';
import { toAnswer, toTag } from './question.ts';
import type { QuestionRecord } from './ledger.ts';

/** What Discord allows: creates in a channel, and requests of the bot in all. */
const CREATES_PER_BUCKET = 5;
const BUCKET_MS = 5_000;
const REQUESTS_PER_SECOND = 50;
const MESSAGE_CHARACTERS = 2_000;

/** ms */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface CrowdReport {
  readonly people: number;
  readonly channels: number;
  readonly asked: number;
  /** Whole answers. */
  readonly answered: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Answers that came before the answer to an earlier question of the same person. */
  readonly outOfOrder: number;
  /** Requests that Discord answered 429. */
  readonly rateLimited: number;
  /** From the question to the first visible text, less the model's own time to its first token. */
  readonly firstText: Percentiles;
  /** From the question to the whole answer. */
  readonly total: Percentiles;
  /** Answers that were seen to grow after their first text; a short one is there at once. */
  readonly grown: number;
  /** Runs in which the model was at work at the same time. */
  readonly peakActive: number;
  readonly peakActivePerUser: number;
  readonly requestsPerAnswer: number;
  readonly peakRequestsPerSecond: number;
  /** From the first question to the last whole answer. */
  readonly durationMs: number;
  /** The least time in which Discord's rates allow that many messages. */
  readonly limitMs: number;
  /** What the model takes for the questions of one person, one after another. */
  readonly modelMs: number;
  /** limit ÷ duration; undefined where Discord sets no limit to so few. */
  readonly efficiency: number | undefined;
}

export interface CrowdObservations {
  readonly records: readonly QuestionRecord[];
  readonly people: number;
  readonly channels: number;
  readonly pace: CrowdPace;
  readonly requests: number;
  readonly rateLimited: number;
  readonly peakRequestsPerSecond: number;
  readonly peakActive: number;
  readonly peakActivePerUser: number;
}

export function toCrowdReport(seen: CrowdObservations): CrowdReport {
  const { records } = seen;
  const done = records.filter((record) => record.completedAt !== undefined);
  const firstTexts = records.flatMap(({ askedAt, firstTextAt }) =>
    firstTextAt === undefined ? [] : [Math.max(0, firstTextAt - askedAt - seen.pace.firstTokenMs)],
  );
  const totals = done.map(({ askedAt, completedAt }) => (completedAt ?? 0) - askedAt);
  const durationMs =
    done.length === 0
      ? 0
      : largest(done.map((record) => record.completedAt ?? 0)) -
        records.reduce((least, record) => Math.min(least, record.askedAt), Infinity);
  const limitMs = discordLimitMs(records, seen.pace);
  return {
    people: seen.people,
    channels: seen.channels,
    asked: records.length,
    answered: done.length,
    lost: records.length - done.length,
    duplicated: records.filter((record) => record.isDuplicated).length,
    outOfOrder: countOutOfOrder(records),
    rateLimited: seen.rateLimited,
    firstText: toPercentiles(firstTexts),
    total: toPercentiles(totals),
    grown: records.filter(({ growths }) => growths > 0).length,
    peakActive: seen.peakActive,
    peakActivePerUser: seen.peakActivePerUser,
    requestsPerAnswer: done.length === 0 ? 0 : seen.requests / done.length,
    peakRequestsPerSecond: seen.peakRequestsPerSecond,
    durationMs,
    limitMs,
    modelMs: (records.length / seen.people) * (seen.pace.firstTokenMs + seen.pace.tokens * seen.pace.tokenMs),
    efficiency: limitMs === 0 || durationMs === 0 ? undefined : limitMs / durationMs,
  };
}

/** Whether everything that must hold did hold. */
export function isFlawless(report: CrowdReport): boolean {
  return report.lost + report.duplicated + report.outOfOrder + report.rateLimited === 0;
}

/**
 * The least time that the rates allow: a channel takes its first five creates at once and five more every five
 * seconds, and all channels together fifty requests a second. So what is beyond the first k buckets of its channel
 * begins after k × 5 s at the earliest and then goes out at fifty a second; the slowest k counts. The model's time
 * is not counted in, so that it weighs against the bot.
 */
export function discordLimitMs(
  records: readonly Pick<QuestionRecord, 'channelId' | 'person' | 'question'>[],
  pace: Pick<CrowdPace, 'tokens'>,
): number {
  const messagesByChannel = new Map<string, number>();
  for (const record of records) {
    const parts = Math.ceil(toAnswer(toTag(record), pace.tokens).length / MESSAGE_CHARACTERS);
    messagesByChannel.set(record.channelId, (messagesByChannel.get(record.channelId) ?? 0) + parts);
  }
  const counts = [...messagesByChannel.values()];
  const buckets = Math.ceil(largest(counts) / CREATES_PER_BUCKET);
  const limits = Array.from({ length: buckets }, (_, bucket) => {
    const later = counts.reduce((sum, count) => sum + Math.max(0, count - bucket * CREATES_PER_BUCKET), 0);
    return bucket * BUCKET_MS + (later / REQUESTS_PER_SECOND) * 1_000;
  });
  return largest(limits);
}

function countOutOfOrder(records: readonly QuestionRecord[]): number {
  const latestByPerson = new Map<number, { first: number; done: number }>();
  let count = 0;
  for (const record of records.toSorted((a, b) => a.question - b.question)) {
    const { firstTextAt: first, completedAt: done } = record;
    if (first === undefined || done === undefined) continue;
    const latest = latestByPerson.get(record.person) ?? { first: 0, done: 0 };
    if (first < latest.first || done < latest.done) count += 1;
    latestByPerson.set(record.person, {
      first: Math.max(first, latest.first),
      done: Math.max(done, latest.done),
    });
  }
  return count;
}

export function toPercentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
