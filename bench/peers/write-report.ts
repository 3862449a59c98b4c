import { writeImage, writeSection } from '../document.ts';
import { toSvg, type Panel } from './chart.ts';
import { cpuOf, formatReport, sortRows, titleOf, type LoadResult, type Report } from './report.ts';

/** Puts the report and its chart into docs/performance.md. */
export async function writeReport(report: Report): Promise<void> {
  const svg = toSvg(toPanels(report.results));
  const chart = await writeImage('peers.svg', svg, 'CPU milliseconds per run, side by side');
  const body = `${formatReport(report)}\n\n${chart}`;
  await writeSection({ name: 'peers', title: 'Side by side with others', body });
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
