import { parseArgs } from 'node:util';
import { sleep } from '../src/lib/abort.ts';
import { keepNothing } from './keep-nothing.ts';
import { describeMachine, writeSection } from './document.ts';
import { startServerProcess } from './peers/server-process.ts';
import { ANSWER, IDEAL_FIRST_TEXT_MS } from './peers/task.ts';
import type { Contender } from './peers/task.ts';
import { createSwitchboardLine } from './switchboard-line.ts';
import { formatTable } from './table.ts';

const usage = `Usage: npm run bench -- durability [options]

  What it costs that runs are written down: the same runs with the run store in SQLite and with one that keeps
  nothing, in turns. Exit code 1 where the first text comes later by more than the bound at the median.

  --runs 400     in each round
  --rate 100     runs that begin each second
  --rounds 3     of each, after one that warms up
  --bound 5      ms
  --write        puts the table into docs/performance.md`;

/** What a round leaves to do in the background is done within this time. */
const SETTLE_MS = 300;

interface Round {
  readonly firstTextMs: readonly number[];
  readonly totalMs: readonly number[];
  readonly cpuMs: number;
}

export async function benchmarkDurability(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '400' },
      rate: { type: 'string', default: '100' },
      rounds: { type: 'string', default: '3' },
      bound: { type: 'string', default: '5' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [runs, rate, rounds, bound] = [values.runs, values.rate, values.rounds, values.bound].map(Number);
  if (values.help || !runs || !rate || !rounds || !bound) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const server = await startServerProcess();
  const off = await createSwitchboardLine(server.origin, { runTable: keepNothing });
  const on = await createSwitchboardLine(server.origin);
  try {
    const results: { off: Round[]; on: Round[] } = { off: [], on: [] };
    for (let round = 0; round <= rounds; round += 1) {
      const pair = { off: await runRound(off, runs, rate), on: await runRound(on, runs, rate) };
      if (round === 0) continue;
      results.off.push(pair.off);
      results.on.push(pair.on);
    }
    const found = report(merge(results.off), merge(results.on), bound);
    console.log(found);
    const command = ['npm run bench -- durability', ...args].join(' ');
    const body = `\`${command}\`, ${describeMachine()}: ${runs} runs in each round, ${rate} begun each second, the peers' task.\n\n${found}`;
    if (values.write) await writeSection({ name: 'durability', title: 'Durability', body });
  } finally {
    await Promise.all([off.close?.(), on.close?.()]);
    server.stop();
  }
}

/** Runs begin one after the other at an even pace, as people's questions do on the whole. */
async function runRound(contender: Contender, runs: number, rate: number): Promise<Round> {
  const cpuBefore = process.cpuUsage();
  const beginAt = performance.now();
  const measured: Promise<{ firstTextMs: number; totalMs: number }>[] = [];
  while (measured.length < runs) {
    const due = Math.min(runs, Math.ceil(((performance.now() - beginAt) / 1_000) * rate));
    while (measured.length < due) measured.push(measureRun(contender));
    await sleep(2);
  }
  const all = await Promise.all(measured);
  await contender.settle?.();
  await sleep(SETTLE_MS);
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    firstTextMs: all.map(({ firstTextMs }) => firstTextMs),
    totalMs: all.map(({ totalMs }) => totalMs),
    cpuMs: (user + system) / 1_000 / runs,
  };
}

async function measureRun(contender: Contender): Promise<{ firstTextMs: number; totalMs: number }> {
  const startedAt = performance.now();
  let firstTextMs = Number.NaN;
  const answer = await contender.run(() => {
    if (Number.isNaN(firstTextMs)) firstTextMs = performance.now() - startedAt;
  });
  if (answer !== ANSWER) throw new Error('A wrong answer');
  return { firstTextMs, totalMs: performance.now() - startedAt };
}

function merge(rounds: readonly Round[]): Round {
  return {
    firstTextMs: rounds.flatMap(({ firstTextMs }) => firstTextMs),
    totalMs: rounds.flatMap(({ totalMs }) => totalMs),
    cpuMs: rounds.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / rounds.length,
  };
}

function report(off: Round, on: Round, boundMs: number): string {
  const toCells = (name: string, { firstTextMs, totalMs, cpuMs }: Round): string[] => [
    name,
    ...[0.5, 0.95, 0.99].map((share) => (quantile(firstTextMs, share) - IDEAL_FIRST_TEXT_MS).toFixed(1)),
    quantile(totalMs, 0.5).toFixed(0),
    cpuMs.toFixed(2),
  ];
  const header = ['run store', 'first text p50 +ms', 'p95', 'p99', 'whole p50 ms', 'CPU ms per run'];
  const laterMs = quantile(on.firstTextMs, 0.5) - quantile(off.firstTextMs, 0.5);
  if (laterMs > boundMs) process.exitCode = 1;
  return (
    `${formatTable(header, [toCells('off', off), toCells('SQLite', on)], 1)}\n\n` +
    `First text: beyond the ${String(IDEAL_FIRST_TEXT_MS)} ms of the model and the tools.\n\n` +
    `Durability: ${laterMs.toFixed(1)} ms later at the median (bound ${String(boundMs)}), ` +
    `${(on.cpuMs - off.cpuMs).toFixed(2)} ms CPU more per run.`
  );
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}
