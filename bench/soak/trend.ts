/** How one measure went: medians of the thirds of the time, and a verdict. */
export interface Trend {
  readonly first: number;
  readonly middle: number;
  readonly last: number;
  /** Of the line through the last two thirds, per minute. */
  readonly perMinute: number;
  readonly isGrowing: boolean;
}

export interface TrendPoint {
  readonly atMs: number;
  readonly value: number;
}

export interface Tolerance {
  /** What the last third may have more than the middle one: the larger of both. */
  readonly share: number;
  readonly amount: number;
}

/**
 * The first third is warming up: caches fill, code is compiled. What grows without end is more in the last third
 * than in the middle one, and more than by chance.
 */
export function toTrend(points: readonly TrendPoint[], { share, amount }: Tolerance): Trend {
  const beginOf = (third: number): number => Math.floor((points.length * third) / 3);
  const medianOf = (third: number): number =>
    median(points.slice(beginOf(third), beginOf(third + 1)).map(({ value }) => value));
  const [first, middle, last] = [medianOf(0), medianOf(1), medianOf(2)];
  const perMinute = slopeOf(points.slice(beginOf(1))) * 60_000;
  const isGrowing = last - middle > Math.max(middle * share, amount) && perMinute > 0;
  return { first, middle, last, perMinute, isGrowing };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

/** Least squares, per ms. */
function slopeOf(points: readonly TrendPoint[]): number {
  const mean = (read: (point: TrendPoint) => number): number =>
    points.reduce((sum, point) => sum + read(point), 0) / points.length;
  const meanAt = mean(({ atMs }) => atMs);
  const meanValue = mean(({ value }) => value);
  const spread = mean(({ atMs }) => (atMs - meanAt) ** 2);
  return spread === 0 ? 0 : mean(({ atMs, value }) => (atMs - meanAt) * (value - meanValue)) / spread;
}
