import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { describeMachine, writeImage, writeSection } from './document.ts';
import { toGrowthSvg, type GrowthPanel } from './growth/chart.ts';
import type { Curve, GrowthPoint, GrowthRequest } from './growth/measure.ts';
import { linearithmicSlope, slopeOf, steepestOf, type Point } from './growth/slope.ts';
import { formatTable } from './table.ts';

const usage = `Usage: npm run bench -- growth [options]

  What it costs that there is more: runs at once, stored conversations, turns of a conversation. Our own line with
  everything on and a model in the same process, each point in a fresh process. Exit code 1 where a cost grows faster
  than N log N. Takes about four minutes.

  --max 10000000   leaves out larger sizes, for a quick look
  --write          puts charts and tables into docs/performance.md`;

interface CurvePlan {
  readonly curve: Curve;
  readonly sizes: readonly number[];
  readonly axis: string;
  /** The figure of a point that is drawn. */
  readonly figure: string;
  readonly title: string;
  readonly costs: string;
}

const CURVES: readonly CurvePlan[] = [
  {
    curve: 'runs',
    sizes: [1, 10, 100, 1_000, 10_000],
    axis: 'runs at once',
    figure: 'cpuMs',
    title: 'Runs at once: CPU of all of them',
    costs: 'ms of CPU',
  },
  {
    curve: 'conversations',
    sizes: [100, 1_000, 10_000, 100_000, 1_000_000],
    axis: 'stored conversations',
    figure: 'cpuMsPerQuestion',
    title: 'Stored conversations: CPU of a question in one of them',
    costs: 'ms of CPU',
  },
  {
    curve: 'turns',
    sizes: [10, 100, 1_000, 10_000],
    axis: 'turns of one conversation',
    figure: 'cpuMs',
    title: 'A long conversation: CPU of all its turns',
    costs: 'ms of CPU',
  },
];

/** A measurement wavers; a cost that grows with the square of the size shows 2. */
const TOLERANCE = 0.2;

const script = fileURLToPath(new URL('growth/measure.ts', import.meta.url));
const runProcess = promisify(execFile);

interface Measured {
  readonly plan: CurvePlan;
  readonly points: readonly (GrowthPoint & { readonly size: number })[];
}

export async function benchmarkGrowth(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      max: { type: 'string', default: '10000000' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const max = Number(values.max);
  if (values.help || !(max >= 100)) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-growth-'));
  try {
    const measured: Measured[] = [];
    for (const plan of CURVES) measured.push(await measureCurve(plan, max, directory));
    const command = ['npm run bench -- growth', ...args].join(' ');
    console.log(`\n${toReport(measured, command)}`);
    if (measured.some((each) => !isInBounds(each))) {
      console.error('\nA cost grows faster than N log N.');
      process.exitCode = 1;
    }
    if (values.write) await write(measured, command);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function measureCurve(plan: CurvePlan, max: number, directory: string): Promise<Measured> {
  const points: (GrowthPoint & { size: number })[] = [];
  for (const size of plan.sizes.filter((each) => each <= max)) {
    const request: GrowthRequest = { curve: plan.curve, size, directory };
    const { stdout } = await runProcess(process.execPath, ['--expose-gc', script, JSON.stringify(request)]);
    const point = { ...(JSON.parse(stdout) as GrowthPoint), size };
    points.push(point);
    process.stderr.write(`${JSON.stringify(point)} ${plan.axis}\n`);
  }
  return { plan, points };
}

function toPoints({ plan, points }: Measured): Point[] {
  return points.map((point) => ({ size: point.size, cost: point[plan.figure] ?? Number.NaN }));
}

function isInBounds(measured: Measured): boolean {
  const points = toPoints(measured);
  return steepestOf(points) <= linearithmicSlope(points) + TOLERANCE;
}

function toPanel(measured: Measured): GrowthPanel {
  const { title, axis, costs } = measured.plan;
  const points = toPoints(measured);
  return { title, sizes: axis, costs, points, slope: slopeOf(points) };
}

async function write(measured: readonly Measured[], command: string): Promise<void> {
  const image = await writeImage(
    'growth.svg',
    toGrowthSvg(measured.map(toPanel)),
    'Cost against size, both axes logarithmic',
  );
  const body = `${toReport(measured, command)}\n\n${image}`;
  await writeSection({ name: 'growth', title: 'Growth', body });
}

function toReport(measured: readonly Measured[], command: string): string {
  const intro = [
    `\`${command}\`, ${describeMachine()}. Our own line with everything on: lanes, run store and memory in SQLite, agent,`,
    'metrics, log lines; the model answers in the same process. Each point is a process of its own. The slope is that',
    'of the line through all points on logarithmic axes: 0 is a cost that stays, 1 one that grows as the size does; the',
    'steepest is that between two neighbours, and N log N shows up to that in the column beside it.',
  ].join('\n');
  const slopes = measured.map((each) => {
    const points = toPoints(each);
    return [
      each.plan.title,
      slopeOf(points).toFixed(2),
      steepestOf(points).toFixed(2),
      linearithmicSlope(points).toFixed(2),
      isInBounds(each) ? 'within' : '**beyond**',
    ];
  });
  const header = ['', 'slope', 'steepest', 'N log N', ''];
  return [intro, formatTable(header, slopes, 1), ...measured.map(toTable)].join('\n\n');
}

function toTable({ plan, points }: Measured): string {
  const figures = Object.keys(points[0] ?? {}).filter((name) => name !== 'size');
  const rows = points.map((point) => [
    point.size.toLocaleString('en'),
    ...figures.map((name) =>
      (point[name] ?? Number.NaN).toLocaleString('en', { maximumSignificantDigits: 3 }),
    ),
    ...(plan.figure === 'cpuMs' ? [((point['cpuMs'] ?? Number.NaN) / point.size).toFixed(2)] : []),
  ]);
  const header = [plan.axis, ...figures.map(toLabel), ...(plan.figure === 'cpuMs' ? ['CPU ms each'] : [])];
  return formatTable(header, rows);
}

const LABELS: Readonly<Record<string, string>> = {
  cpuMs: 'CPU ms',
  cpuMsPerQuestion: 'CPU ms per question',
  liveMb: 'MB in memory',
  openMs: 'ms to open the store',
};

function toLabel(figure: string): string {
  return LABELS[figure] ?? figure;
}
