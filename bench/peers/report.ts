import { cpus } from 'node:os';
import { FLOOR, OURS, STEADY_FLOOR, type ContenderInfo } from './contenders.ts';
import type { FreshMeasurement } from './measure-fresh.ts';
import type { Load } from './measure.ts';
import { readVersion } from './read-version.ts';
import { IDEAL_FIRST_TEXT_MS, IDEAL_TOTAL_MS } from './task.ts';

export interface Row {
  readonly contender: ContenderInfo;
  /** Empty where the contender failed every time. */
  readonly measurements: readonly FreshMeasurement[];
}

export interface LoadResult {
  readonly load: Load;
  readonly rows: readonly Row[];
}

export interface Report {
  readonly command: string;
  readonly repeat: number;
  readonly warmUp: number;
  readonly results: readonly LoadResult[];
}

/** The whole report in Markdown, a table for each load. */
export function formatReport({ command, repeat, warmUp, results }: Report): string {
  const machine = `Node ${process.version} on ${String(cpus().length)} × ${cpus()[0]?.model.trim() ?? 'CPU'}`;
  const intro = [
    `\`${command}\`, ${machine}${repeat > 1 ? `, medians of ${String(repeat)}` : ''}, each in a fresh process`,
    `after ${String(warmUp)} runs of warm-up. A run is a streamed model call that asks for three tools at once,`,
    `the tools (100 ms each), and a streamed answer of 40 tokens; the ideal is ${String(IDEAL_FIRST_TEXT_MS)} ms`,
    `to the first text and ${String(IDEAL_TOTAL_MS)} ms in all. The model server is a process of its own. Switchboard`,
    'runs with everything on (lanes, memory in SQLite, metrics, log lines); the others keep nothing.',
  ].join(' ');
  return [intro, ...results.map(formatResult), formatServer(results)].join('\n\n');
}

/** `### 1,000 runs at once` */
export function titleOf(load: Load): string {
  if (load.kind === 'steady') {
    return `${format(load.perSecond)} runs started each second, for ${format(load.seconds)} s`;
  }
  return load.runs === 1 ? 'One run alone' : `${format(load.runs)} runs at once`;
}

export function medianOf(row: Row, read: (measurement: FreshMeasurement) => number): number {
  const sorted = row.measurements.map(read).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function cpuOf(row: Row): number {
  return medianOf(row, ({ cpuMsPerRun }) => cpuMsPerRun);
}

/** By cost; those that failed last. */
export function sortRows(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (cpuOf(a) || Infinity) - (cpuOf(b) || Infinity));
}

function formatResult({ load, rows }: LoadResult): string {
  const floorName = load.kind === 'steady' ? STEADY_FLOOR : FLOOR;
  const floor = rows.find(({ contender }) => contender.name === floorName);
  const floorCpu = floor === undefined ? Number.NaN : cpuOf(floor);
  const hasMeters = load.kind === 'steady' || load.runs >= 50;
  const header = ['', 'CPU ms', `× ${floorName}`, 'first text p50 ms', 'p99 ms', 'all done s'];
  if (hasMeters) header.push('KB', 'loop delay p99 ms');
  const table = sortRows(rows).map((row) => {
    const cells = [
      toLabel(row.contender),
      fixed(cpuOf(row), 2),
      fixed(cpuOf(row) / floorCpu, 2),
      fixed(
        medianOf(row, ({ firstTextP50Ms }) => firstTextP50Ms),
        0,
      ),
      fixed(
        medianOf(row, ({ firstTextP99Ms }) => firstTextP99Ms),
        0,
      ),
      fixed(medianOf(row, ({ totalMs }) => totalMs) / 1_000, 2),
    ];
    if (hasMeters) {
      cells.push(
        fixed(
          medianOf(row, ({ kilobytesPerRun }) => kilobytesPerRun),
          0,
        ),
        fixed(
          medianOf(row, ({ loopDelayP99Ms }) => loopDelayP99Ms),
          0,
        ),
      );
    }
    return cells;
  });
  return `### ${titleOf(load)}\n\n${formatTable(header, table)}`;
}

/** What the server itself was late, so that nobody is blamed for it. */
function formatServer(results: readonly LoadResult[]): string {
  const parts = results.map(({ load, rows }) => {
    const late = rows.map((row) => medianOf(row, ({ serverLateMs }) => serverLateMs)).filter(Number.isFinite);
    return `${fixed(Math.max(0, ...late), 0)} ms (${titleOf(load).toLowerCase()})`;
  });
  return `The model server itself was late with the first token of a stream by at most ${parts.join(', ')}.`;
}

function toLabel(contender: ContenderInfo): string {
  const version = contender.package === undefined ? '' : ` ${readVersion(contender.package)}`;
  return contender.name === OURS ? `**${contender.label}**` : contender.label + version;
}

/** Columns aligned as prettier does it: the first to the left, numbers to the right. */
function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const toLine = (cells: readonly string[]): string =>
    `| ${widths
      .map((width, column) => (column === 0 ? cells[0]?.padEnd(width) : cells[column]?.padStart(width)))
      .join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [toLine(header), `| ${rule.join(' | ')} |`, ...rows.map(toLine)].join('\n');
}

function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function format(value: number): string {
  return value.toLocaleString('en');
}
