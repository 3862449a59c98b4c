import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { idealMs, sequentialMs } from './agents-workload.ts';
import type { AgentsMeasurement } from './agents-once.ts';
import { writeSection } from './document.ts';
import { formatTable } from './table.ts';

const GOAL = 'Goal: 10,000 at once are answered within 2,300 ms, and sooner than in bare asyncio.';
const asyncioScript = fileURLToPath(new URL('agents-asyncio.py', import.meta.url));
const script = fileURLToPath(new URL('agents-once.ts', import.meta.url));
const runProcess = promisify(execFile);

/** How much CPU and memory a run of the agent takes, and whether many at once keep each other waiting. */
export async function benchmarkAgents(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '1,100,1000,5000,10000' },
      repeat: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
    },
  });
  const counts = values.runs.split(',').map((text) => toCount(text));
  const repeat = toCount(values.repeat);

  const intro =
    `Each run: a model call of 1.2 s, two tools at once (0.8 s and 0.5 s), a model call that answers at once, and\n` +
    `then a write of 0.2 s to the memory that nobody waits for. Sleeping costs nothing, so what is left is ours.\n` +
    `Ideal ${idealMs} ms; one thing after the other ${String(sequentialMs)} ms. ` +
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}` +
    `${repeat > 1 ? `; medians of ${repeat}` : ''}.`;
  const rows: string[][] = [];
  for (const count of counts) {
    const measurements: AgentsMeasurement[] = [];
    for (let index = 0; index < repeat; index += 1) measurements.push(await measure(count));
    rows.push(toRow(count, measurements));
    process.stderr.write(`${count} done\n`);
  }
  const largest = Math.max(...counts);
  const table = `${formatTable(header, rows)}\n\n${await compareWithAsyncio(largest, repeat)}`;
  console.log(`${intro}\n\n${table}`);
  if (!values.write) return;
  const command = ['npm run bench -- agents', ...args].join(' ');
  const body = [`\`${command}\``, intro, table, GOAL].join('\n\n');
  await writeSection({ name: 'agents', title: 'Agents', body });
}

const header = [
  'runs at once',
  'all answered ms',
  'over ideal ms',
  'sequential ms',
  'p50 answer ms',
  'p99 answer ms',
  'CPU ms/run',
  'KB/run',
  'loop delay p99 ms',
  'loop delay max ms',
];

function toRow(count: number, measurements: readonly AgentsMeasurement[]): string[] {
  const of = (read: (measurement: AgentsMeasurement) => number): number => median(measurements.map(read));
  const wallMs = of(({ wallMs }) => wallMs);
  return [
    count.toLocaleString('en'),
    wallMs.toFixed(0),
    (wallMs - idealMs).toFixed(0),
    (count * sequentialMs).toLocaleString('en'),
    of(({ answerP50Ms }) => answerP50Ms).toFixed(0),
    of(({ answerP99Ms }) => answerP99Ms).toFixed(0),
    (of(({ cpuMs }) => cpuMs) / count).toFixed(3),
    (of(({ heapBytes }) => heapBytes) / count / 1024).toFixed(1),
    of(({ loopDelayP99Ms }) => loopDelayP99Ms).toFixed(1),
    of(({ loopDelayMaxMs }) => loopDelayMaxMs).toFixed(1),
  ];
}

/** In a process of its own, so that no measurement warms up or fills the heap of the next. */
async function measure(count: number): Promise<AgentsMeasurement> {
  const { stdout } = await runProcess(process.execPath, ['--expose-gc', script, String(count)]);
  return JSON.parse(stdout) as AgentsMeasurement;
}

/** The same sleeps where there is Python, on the same machine at the same time. */
async function compareWithAsyncio(runs: number, repeat: number): Promise<string> {
  const seconds: number[] = [];
  try {
    for (let index = 0; index < repeat; index += 1) {
      const { stdout } = await runProcess('python3', [asyncioScript, String(runs)]);
      seconds.push(Number(stdout));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return 'There is no python3 here to compare with.';
  }
  const ms = (median(seconds) * 1_000).toFixed(0);
  return `The same sleeps in bare asyncio, without an agent around them: ${runs.toLocaleString('en')} at once in ${ms} ms.`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function toCount(text: string): number {
  const value = /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0;
  if (value < 1) throw new Error(`"${text}" is not a number of runs or repeats from 1 to 999999.`);
  return value;
}
