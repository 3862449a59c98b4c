import type { ContenderInfo } from './contenders.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly kind: ContenderInfo['kind'];
}

export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABEL_WIDTH = 220;
const VALUE_WIDTH = 70;
const BAR_HEIGHT = 18;
const ROW_HEIGHT = 24;
const TITLE_HEIGHT = 44;
const MARGIN = 16;
const COLORS: Readonly<Record<Bar['kind'], string>> = { floor: '#9aa4b2', ours: '#5865f2', peer: '#e0884a' };
const LEGEND: readonly (readonly [Bar['kind'], string])[] = [
  ['floor', 'by hand'],
  ['ours', 'Switchboard'],
  ['peer', 'other agent runtimes'],
];

/** Panels of horizontal bars, one above the other, as an SVG file that reads on light and dark pages. */
export function toSvg(panels: readonly Panel[]): string {
  const parts: string[] = [];
  let y = MARGIN;
  for (const panel of panels) {
    parts.push(...toPanel(panel, y));
    y += TITLE_HEIGHT + panel.bars.length * ROW_HEIGHT + MARGIN;
  }
  parts.push(...toLegend(y));
  const height = y + ROW_HEIGHT + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" ` +
      `width="${String(WIDTH)}" height="${String(height)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" rx="8" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function toPanel({ title, bars }: Panel, top: number): string[] {
  const largest = Math.max(...bars.map(({ value }) => value));
  const scale = (WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH) / largest;
  const left = MARGIN + LABEL_WIDTH;
  const rows = bars.map(({ label, value, kind }, index) => {
    const y = top + TITLE_HEIGHT + index * ROW_HEIGHT;
    const width = Math.max(1, value * scale);
    const weight = kind === 'ours' ? ' font-weight="700"' : '';
    return (
      text(left - 8, y + 14, label, `text-anchor="end"${weight}`) +
      `<rect x="${String(left)}" y="${String(y)}" width="${width.toFixed(1)}" height="${String(BAR_HEIGHT)}" ` +
      `rx="3" fill="${COLORS[kind]}"/>` +
      text(left + width + 6, y + 14, value.toFixed(2), weight)
    );
  });
  return [text(MARGIN, top + 18, title, 'font-size="15" font-weight="700"'), ...rows];
}

function toLegend(y: number): string[] {
  let x = MARGIN + LABEL_WIDTH;
  return LEGEND.map(([kind, label]) => {
    const item =
      `<rect x="${String(x)}" y="${String(y)}" width="12" height="12" rx="2" fill="${COLORS[kind]}"/>` +
      text(x + 18, y + 11, label, '');
    x += 40 + label.length * 7;
    return item;
  });
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="#1f2328" ${attributes}>${escaped}</text>`;
}
