import { parseArgs } from 'node:util';
import { create as createNodeHttp } from './peers/contenders/node-http.ts';
import { startServerProcess } from './peers/server-process.ts';
import { ANSWER } from './peers/task.ts';
import type { Contender } from './peers/task.ts';
import { createSwitchboardLine } from './switchboard-line.ts';

const usage = `Usage: npm run bench -- ratio [options]

  A quick check that a run has not become dear: our CPU per run ÷ that of node:http by hand, in this process.
  Exit code 1 beyond the bound.

  --runs 300    so many at once
  --bound 2.5   the ratio that is too much: some way above what it is, so that a busy machine does not show`;

const ROUNDS = 3;

/** Both in turns in one process, so that what the machine does meanwhile falls on both. */
export async function benchmarkRatio(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '300' },
      bound: { type: 'string', default: '2.5' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const runs = Number(values.runs);
  const bound = Number(values.bound);
  if (!Number.isInteger(runs) || runs < 1 || !(bound > 0)) throw new Error(usage);

  const server = await startServerProcess();
  try {
    const floor = await createNodeHttp(server.origin);
    const ours = await createSwitchboardLine(server.origin);
    // Both are warmed up as they are measured, at once because it is not counted.
    await Promise.all([cpuPerRun(floor, runs), cpuPerRun(ours, runs)]);
    const floorMs: number[] = [];
    const ourMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      floorMs.push(await cpuPerRun(floor, runs));
      ourMs.push(await cpuPerRun(ours, runs));
    }
    await Promise.all([floor.close?.(), ours.close?.()]);
    report(Math.min(...ourMs), Math.min(...floorMs), bound);
  } finally {
    server.stop();
  }
}

function report(ourMs: number, floorMs: number, bound: number): void {
  const ratio = ourMs / floorMs;
  console.log(
    `Switchboard ${ourMs.toFixed(2)} ms CPU a run, node:http by hand ${floorMs.toFixed(2)} ms: ` +
      `ratio ${ratio.toFixed(2)}, bound ${String(bound)}`,
  );
  if (ratio > bound) {
    console.error('A run has become too dear. Profile it: npm run bench -- peers --help');
    process.exitCode = 1;
  }
}

async function cpuPerRun(contender: Contender, runs: number): Promise<number> {
  const before = process.cpuUsage();
  const answers = await Promise.all(Array.from({ length: runs }, () => contender.run(() => undefined)));
  await contender.settle?.();
  const { user, system } = process.cpuUsage(before);
  if (answers.some((answer) => answer !== ANSWER)) throw new Error('A wrong answer');
  return (user + system) / 1_000 / runs;
}
