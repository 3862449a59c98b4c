import type { Point } from './slope.ts';

export interface GrowthPanel {
  readonly title: string;
  /** What the horizontal axis counts. */
  readonly sizes: string;
  /** What the vertical axis counts. */
  readonly costs: string;
  readonly points: readonly Point[];
  readonly slope: number;
}

const WIDTH = 760;
const PANEL_HEIGHT = 300;
const LEFT = 84;
const RIGHT = 150;
const TOP = 56;
const BOTTOM = 52;
const INK = '#1f2328';
const GRID = '#d8dee4';
const OURS = '#5865f2';
const REFERENCE = '#9aa4b2';

/** A panel for each curve, both axes logarithmic, as an SVG file that reads on light and dark pages. */
export function toGrowthSvg(panels: readonly GrowthPanel[]): string {
  const height = panels.length * PANEL_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `font-family="system-ui, sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" rx="8" fill="#ffffff"/>',
    ...panels.flatMap((panel, index) => toPanel(panel, index * PANEL_HEIGHT)),
    '</svg>',
    '',
  ].join('\n');
}

interface Axis {
  readonly from: number;
  readonly to: number;
  place(value: number): number;
}

function toPanel({ title, sizes, costs, points, slope }: GrowthPanel, top: number): string[] {
  const first = points[0] ?? { size: 1, cost: 1 };
  const reference = points.map(({ size }) => ({ size, cost: toLinearithmic(first, size) }));
  const bottom = top + PANEL_HEIGHT - BOTTOM;
  const x = toAxis(
    points.map(({ size }) => size),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = toAxis(
    [...points, ...reference].map(({ cost }) => cost),
    bottom,
    top + TOP,
  );
  const toPath = (line: readonly Point[]): string =>
    line.map(({ size, cost }) => `${x.place(size).toFixed(1)},${y.place(cost).toFixed(1)}`).join(' ');
  return [
    text(16, top + 26, title, 'font-size="15" font-weight="700"'),
    ...decades(y).map((value) => gridLine(LEFT, y.place(value), WIDTH - RIGHT, y.place(value))),
    ...decades(y).map((value) => text(LEFT - 8, y.place(value) + 4, format(value), 'text-anchor="end"')),
    ...points.map(({ size }) => text(x.place(size), bottom + 18, format(size), 'text-anchor="middle"')),
    text((LEFT + WIDTH - RIGHT) / 2, bottom + 38, sizes, 'text-anchor="middle"'),
    text(LEFT, top + TOP - 12, costs, 'text-anchor="middle"'),
    `<polyline points="${toPath(reference)}" fill="none" stroke="${REFERENCE}" stroke-width="2" stroke-dasharray="5 5"/>`,
    `<polyline points="${toPath(points)}" fill="none" stroke="${OURS}" stroke-width="2.5"/>`,
    ...points.map(
      ({ size, cost }) =>
        `<circle cx="${x.place(size).toFixed(1)}" cy="${y.place(cost).toFixed(1)}" r="4" fill="${OURS}"/>`,
    ),
    endLabel(reference, x, y, 'N log N', REFERENCE),
    endLabel(points, x, y, `slope ${slope.toFixed(2)}`, OURS),
  ];
}

function toLinearithmic(first: Point, size: number): number {
  const toCost = (of: number): number => of * Math.log2(of + 1);
  return (first.cost * toCost(size)) / toCost(first.size);
}

/** From a whole power of ten to one, both around all values. */
function toAxis(values: readonly number[], begin: number, end: number): Axis {
  const from = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from * 10, 10 ** Math.ceil(Math.log10(Math.max(...values))));
  const share = (value: number): number => Math.log10(value / from) / Math.log10(to / from);
  return { from, to, place: (value) => begin + share(value) * (end - begin) };
}

function decades({ from, to }: Axis): number[] {
  const values: number[] = [];
  for (let value = from; value <= to * 1.001; value *= 10) values.push(value);
  return values;
}

function endLabel(points: readonly Point[], x: Axis, y: Axis, label: string, color: string): string {
  const last = points.at(-1) ?? { size: 1, cost: 1 };
  return text(x.place(last.size) + 12, y.place(last.cost) + 4, label, 'font-weight="700"', color);
}

function gridLine(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1.toFixed(1)}" x2="${x2}" y2="${y2.toFixed(1)}" stroke="${GRID}"/>`;
}

function text(x: number, y: number, content: string, attributes: string, color = INK): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${color}" ${attributes}>${content}</text>`;
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
