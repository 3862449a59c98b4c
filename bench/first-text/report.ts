import type { FreshMeasurement } from '../peers/measure-fresh.ts';
import { formatTable } from '../table.ts';
import type { AskedAlone } from './scene-host.ts';

/** What was measured of one checkout, or of the same work by hand. */
export interface Measured {
  readonly name: string;
  readonly alone: AskedAlone[];
  /** One for each turn. */
  readonly steady: FreshMeasurement[];
}

export interface Scale {
  readonly perSecond: number;
  readonly seconds: number;
  readonly repeat: number;
  readonly questions: number;
}

/** What a person may wait at most, ms. */
const GOALS = { aloneMs: 100, laterThanByHandMs: 15 } as const;

/** The first of `ours` is this checkout; a second one is what it is compared with. */
export function toReport(
  byHand: Measured,
  ours: readonly Measured[],
  { perSecond, seconds, repeat, questions }: Scale,
): { text: string; isMet: boolean } {
  const handMs = medianOf(byHand.steady, 'firstTextP50Ms');
  const [first, other] = ours;
  if (!first) throw new Error('Nothing was measured');
  const aloneMs = quantile(first.alone.map(toBotMs), 0.5);
  const laterMs = medianOf(first.steady, 'firstTextP50Ms') - handMs;
  const isMet = aloneMs <= GOALS.aloneMs && laterMs <= GOALS.laterThanByHandMs;
  const aloneRows = ours.map(({ name, alone }) => [
    name,
    ...[0.5, 0.95].map((share) => quantile(alone.map(toBotMs), share).toFixed(0)),
    quantile(
      alone.map(({ firstTextMs }) => firstTextMs),
      0.5,
    ).toFixed(0),
  ]);
  const steadyRows = [byHand, ...ours].map(({ name, steady }) => [
    name,
    medianOf(steady, 'firstTextP50Ms').toFixed(1),
    (medianOf(steady, 'firstTextP50Ms') - handMs).toFixed(1),
    medianOf(steady, 'firstTextP99Ms').toFixed(1),
    medianOf(steady, 'cpuMsPerRun').toFixed(2),
    medianOf(steady, 'loopDelayP99Ms').toFixed(1),
  ]);
  const lines = [
    `Alone with an idle bot, ${String(repeat)} × ${String(questions)} questions, with Discord's limits:`,
    '',
    formatTable(
      ['', "from the model's first token, p50 ms", 'p95 ms', 'from the question, p50 ms'],
      aloneRows,
      1,
    ),
    '',
    `${String(perSecond)} runs begun each second for ${String(seconds)} s, the peers' task, medians of ${String(repeat)}:`,
    '',
    formatTable(
      ['', 'first text p50 ms', 'later than by hand', 'p99 ms', 'CPU ms a run', 'loop delay p99 ms'],
      steadyRows,
      1,
    ),
    '',
    `Alone: ${aloneMs.toFixed(0)} ms from the first token to the text (goal ${String(GOALS.aloneMs)}). At ` +
      `${String(perSecond)} runs a second: ${laterMs.toFixed(1)} ms later than by hand (goal ${String(GOALS.laterThanByHandMs)}).`,
    ...(other ? ['', toComparison(first, other, handMs)] : []),
  ];
  return { text: lines.join('\n'), isMet };
}

function toComparison(first: Measured, other: Measured, handMs: number): string {
  const laterMs = ({ steady }: Measured): number => medianOf(steady, 'firstTextP50Ms') - handMs;
  const alone = ({ alone: asked }: Measured): number => quantile(asked.map(toBotMs), 0.5);
  const cpu = ({ steady }: Measured): number => medianOf(steady, 'cpuMsPerRun');
  const ratio = (read: (measured: Measured) => number): string => (read(first) / read(other)).toFixed(2);
  return (
    `${first.name} ÷ ${other.name}: alone ${ratio(alone)}, later than by hand ${ratio(laterMs)}, ` +
    `CPU a run ${ratio(cpu)}.`
  );
}

/** What the bot and Discord's requests took. */
function toBotMs({ firstTokenMs, firstTextMs }: AskedAlone): number {
  return firstTextMs - firstTokenMs;
}

function medianOf(measured: readonly FreshMeasurement[], key: keyof FreshMeasurement): number {
  return quantile(
    measured.map((each) => each[key]),
    0.5,
  );
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}
