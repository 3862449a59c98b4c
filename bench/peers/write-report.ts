import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { toSvg, type Panel } from './chart.ts';
import { cpuOf, formatReport, sortRows, titleOf, type LoadResult, type Report } from './report.ts';

const DOCUMENT = new URL('../../docs/performance.md', import.meta.url);
const IMAGES = new URL('../../docs/images/', import.meta.url);
const CHART_NAME = 'peers.svg';
const START = '<!-- bench peers: start (written by the benchmark) -->';
const END = '<!-- bench peers: end -->';

/** Puts the report between its markers in the document (at its end where there are none), and the chart beside it. */
export async function writeReport(report: Report): Promise<void> {
  await mkdir(IMAGES, { recursive: true });
  await writeFile(new URL(CHART_NAME, IMAGES), toSvg(toPanels(report.results)));
  const chart = `![CPU milliseconds per run, side by side](images/${CHART_NAME})`;
  const section = [START, formatReport(report), chart, END].join('\n\n');
  const document = await readDocument();
  const start = document.indexOf(START);
  const end = document.indexOf(END);
  const next =
    start === -1 || end < start
      ? `${document.trimEnd()}\n\n## Side by side with others\n\n${section}\n`
      : document.slice(0, start) + section + document.slice(end + END.length);
  await writeFile(DOCUMENT, next);
}

/** The many at once that the goal is about, and the steady stream that is nearest to a real bot. */
function toPanels(results: readonly LoadResult[]): Panel[] {
  const bursts = results.filter(({ load }) => load.kind === 'burst');
  const burst = bursts.find(({ load }) => load.kind === 'burst' && load.runs === 1_000) ?? bursts.at(-1);
  const steady = results.find(({ load }) => load.kind === 'steady');
  return [burst, steady]
    .filter((result) => result !== undefined)
    .map(({ load, rows }) => ({
      title: `CPU ms per run: ${titleOf(load).toLowerCase()}`,
      bars: sortRows(rows)
        .map((row) => ({ label: row.contender.label, value: cpuOf(row), kind: row.contender.kind }))
        .filter(({ value }) => Number.isFinite(value)),
    }));
}

async function readDocument(): Promise<string> {
  try {
    return await readFile(DOCUMENT, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '# Performance\n';
    throw error;
  }
}
