import type { Call } from './call-tree.ts';

const WIDTH = 1_200;
const ROW = 17;
const MAX_DEPTH = 30;
/** Narrower than this nothing can be read. */
const MIN_WIDTH = 2;
const CHARACTER_WIDTH = 6.2;

const COLOURS: readonly (readonly [place: RegExp, colour: string])[] = [
  [/^src\//, '#f4a261'],
  [/^npm:/, '#8ecae6'],
  [/^bench\//, '#cccccc'],
  [/./, '#e0e0d8'],
];

/** A flame graph, callers above: the width of a function is its part of the time. */
export function toFlameSvg(root: Call, title: string): string {
  const boxes: string[] = [];
  let depthSeen = 0;
  const draw = (call: Call, x: number, depth: number): void => {
    const width = (call.total / root.total) * WIDTH;
    if (width < MIN_WIDTH || depth > MAX_DEPTH) return;
    depthSeen = Math.max(depthSeen, depth);
    boxes.push(toBox(call, x, depth, width, (call.total / root.total) * 100));
    let at = x;
    for (const below of [...call.calls.values()].sort((a, b) => b.total - a.total)) {
      draw(below, at, depth + 1);
      at += (below.total / root.total) * WIDTH;
    }
  };
  draw(root, 0, 0);
  const height = (depthSeen + 2) * ROW + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" font-family="monospace" font-size="10">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="4" y="13" font-size="12">${escape(title)}</text>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

function toBox({ name, place }: Call, x: number, depth: number, width: number, percent: number): string {
  const y = (depth + 1) * ROW + 4;
  const colour = COLOURS.find(([places]) => places.test(place))?.[1] ?? '#ffffff';
  const full = place === 'node' ? name : `${name} ${place}`;
  const room = Math.floor((width - 4) / CHARACTER_WIDTH);
  const label = room < 3 ? '' : full.length > room ? `${full.slice(0, room - 1)}…` : full;
  const box = `<rect x="${x.toFixed(1)}" y="${String(y)}" width="${width.toFixed(1)}" height="${String(ROW - 1)}" fill="${colour}"/>`;
  const text =
    label === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${String(y + 11)}">${escape(label)}</text>`;
  return `<g><title>${escape(full)}, ${percent.toFixed(1)} %</title>${box}${text}</g>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
