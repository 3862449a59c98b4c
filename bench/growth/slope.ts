export interface Point {
  readonly size: number;
  readonly cost: number;
}

/** Of the line through the points on logarithmic axes: 0 where the cost stays, 1 where it grows as the size does. */
export function slopeOf(points: readonly Point[]): number {
  const xs = points.map(({ size }) => Math.log10(size));
  const ys = points.map(({ cost }) => Math.log10(cost));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  const common = xs.reduce((sum, x, index) => sum + (x - meanX) * ((ys[index] ?? 0) - meanY), 0);
  return spread === 0 ? 0 : common / spread;
}

/** The steepest slope between neighbours. */
export function steepestOf(points: readonly Point[]): number {
  return Math.max(...points.slice(1).map((point, index) => slopeOf([points[index] ?? point, point])));
}

/** What N log N shows between neighbours, the largest there is: between the first sizes of the curve but 1. */
export function linearithmicSlope(points: readonly Point[]): number {
  const from = Math.max(10, points[0]?.size ?? 10);
  const toCost = (size: number): Point => ({ size, cost: size * Math.log(size) });
  return slopeOf([toCost(from), toCost(from * 10)]);
}
