import { parseArgs } from 'node:util';
import { describeMachine, writeImage, writeSection } from './document.ts';
import { startServerProcess } from './peers/server-process.ts';
import type { Contender } from './peers/task.ts';
import { toCallTree, type Call } from './profile/call-tree.ts';
import { toCosts, type Cost } from './profile/costs.ts';
import { toFlameSvg } from './profile/flame-svg.ts';
import { recordProfile } from './profile/record.ts';
import { createSwitchboardLine } from './switchboard-line.ts';
import { formatTable } from './table.ts';

const usage = `Usage: npm run bench -- profile [options]

  Where the time of a run goes on the event loop, by what it is spent on.

  --runs 1000   so many at once, after two rounds of warm-up
  --write       puts the table and a flame graph into docs/performance.md`;

const ROUNDS = 3;

export async function benchmarkProfile(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '1000' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (values.help || !Number.isInteger(runs) || runs < 1) {
    console.log(usage);
    return;
  }
  const server = await startServerProcess();
  const line = await createSwitchboardLine(server.origin);
  try {
    await askAll(line, runs, 2);
    const before = process.threadCpuUsage();
    const profile = await recordProfile(() => askAll(line, runs, ROUNDS));
    const { user, system } = process.threadCpuUsage(before);
    const root = toCallTree(profile);
    const table = formatCosts(toCosts(root), (user + system) / (runs * ROUNDS));
    console.log(table);
    if (values.write) await writeProfile(root, table, runs);
  } finally {
    await line.close?.();
    server.stop();
  }
}

async function askAll(line: Contender, runs: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(Array.from({ length: runs }, () => line.run(() => undefined)));
    await line.settle?.();
  }
}

async function writeProfile(root: Call, table: string, runs: number): Promise<void> {
  const count = runs.toLocaleString('en');
  const intro = `\`npm run bench -- profile --write\`, ${describeMachine()}: ${count} runs at once, after warm-up, the thread of the event loop alone.`;
  const title = `${count} runs at once: the time of the event loop, ours in orange, libraries in blue`;
  const image = await writeImage('line.svg', toFlameSvg(root, title), 'Flame graph of the event loop');
  const body = [intro, table, image].join('\n\n');
  await writeSection({ name: 'profile', title: 'The line at work', body });
}

/** `usPerRun`: CPU of the event loop's thread. */
function formatCosts(costs: readonly Cost[], usPerRun: number): string {
  const sum = costs.reduce((total, { us }) => total + us, 0);
  const rows = costs.map(({ name, us }) => {
    const part = us / sum;
    return [name, (part * 100).toFixed(0), (part * usPerRun).toFixed(0)];
  });
  return formatTable(['', '% of the time', 'µs a run'], rows, 1);
}
