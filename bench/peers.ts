import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CONTENDERS, type ContenderInfo } from './peers/contenders.ts';
import { measureFresh, type FreshMeasurement } from './peers/measure-fresh.ts';
import type { Load } from './peers/measure.ts';
import { formatReport, type LoadResult, type Row } from './peers/report.ts';
import { writeReport } from './peers/write-report.ts';

const usage = `Usage: npm run bench -- peers [options]

  The same task on Switchboard, on the floors below it and on other agent runtimes; each in a fresh process
  against the same model server. The others are installed by: npm ci --prefix bench/peers

  --runs 1,100,1000,5000   so many at once (with neither --runs nor --rate: these and --rate 100)
  --rate 100               so many started each second, for --seconds (10)
  --only NAME,NAME         of ${CONTENDERS.map(({ name }) => name).join(', ')}
  --repeat 3               medians of so many
  --warm-up 50             runs before each measurement
  --write                  puts tables and chart into docs/performance.md`;

interface Options {
  readonly contenders: readonly ContenderInfo[];
  readonly loads: readonly Load[];
  readonly repeat: number;
  readonly warmUp: number;
  readonly write: boolean;
}

/** What a run of the agent costs, side by side with the floors and the peers. */
export async function benchmarkPeers(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options === undefined) {
    console.log(usage);
    return;
  }
  if (options.contenders.some(({ package: name }) => name !== undefined) && !arePeersInstalled()) {
    throw new Error('The peers are not installed. Run: npm ci --prefix bench/peers');
  }
  const results: LoadResult[] = [];
  for (const load of options.loads) results.push({ load, rows: await measureAll(load, options) });
  const command = ['npm run bench -- peers', ...args].join(' ');
  const report = { command, repeat: options.repeat, warmUp: options.warmUp, results };
  console.log(formatReport(report));
  if (options.write) await writeReport(report);
}

/**
 * Repeats go round all contenders, so that a machine that slows down does so for all of them. One that fails is
 * reported, and the others go on.
 */
async function measureAll(load: Load, { contenders, repeat, warmUp }: Options): Promise<Row[]> {
  const measured = new Map<ContenderInfo, FreshMeasurement[]>(contenders.map((each) => [each, []]));
  for (let round = 1; round <= repeat; round += 1) {
    for (const [contender, measurements] of measured) {
      const name = `${describeLoad(load)}, ${String(round)}/${String(repeat)}, ${contender.name}`;
      try {
        const measurement = await measureFresh(contender.name, load, warmUp);
        measurements.push(measurement);
        process.stderr.write(`${name}: ${measurement.cpuMsPerRun.toFixed(2)} ms CPU a run\n`);
      } catch (error) {
        process.exitCode = 1;
        process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  }
  return [...measured].map(([contender, measurements]) => ({ contender, measurements }));
}

function describeLoad(load: Load): string {
  return load.kind === 'burst' ? `${String(load.runs)} at once` : `${String(load.perSecond)} a second`;
}

/** Undefined where help is asked for. */
function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string' },
      rate: { type: 'string' },
      seconds: { type: 'string', default: '10' },
      only: { type: 'string' },
      repeat: { type: 'string', default: '3' },
      'warm-up': { type: 'string', default: '50' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const isAll = values.runs === undefined && values.rate === undefined;
  const runs = values.runs ?? (isAll ? '1,100,1000,5000' : '');
  const rate = values.rate ?? (isAll ? '100' : '');
  const bursts = runs === '' ? [] : runs.split(',').map((text) => toBurst(toCount(text)));
  const steady: Load[] =
    rate === '' ? [] : [{ kind: 'steady', perSecond: toCount(rate), seconds: toCount(values.seconds) }];
  return {
    contenders: values.only === undefined ? CONTENDERS : values.only.split(',').map(toContender),
    loads: [...bursts, ...steady],
    repeat: toCount(values.repeat),
    warmUp: toCount(values['warm-up']),
    write: values.write,
  };
}

/** A single run is too short to be measured once. */
function toBurst(runs: number): Load {
  return { kind: 'burst', runs, rounds: runs < 10 ? 5 : 1 };
}

function toContender(name: string): ContenderInfo {
  const contender = CONTENDERS.find((each) => each.name === name);
  if (contender === undefined) throw new Error(`There is no contender named "${name}".\n\n${usage}`);
  return contender;
}

function toCount(text: string): number {
  const value = /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0;
  if (value < 1) throw new Error(`"${text}" is not a number from 1 to 999999.`);
  return value;
}

function arePeersInstalled(): boolean {
  return existsSync(new URL('peers/node_modules', import.meta.url));
}
