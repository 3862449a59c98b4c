import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toBotEnvironment } from '../sandbox/bot-environment.ts';
import { startDiscord } from '../sandbox/discord/server.ts';
import { createSandboxScript } from '../sandbox/model/scripts.ts';
import { startModelServer } from '../sandbox/model/server.ts';
import { sleep } from '../src/lib/abort.ts';
import { describeMachine, writeSection } from './document.ts';
import { startSoakedBot, type SoakedBot } from './soak/bot-process.ts';
import { startBusyPeople, type BusyPeople, type BusyPeopleCounts } from './soak/busy-people.ts';
import type { Census } from './soak/census.ts';
import { toTrend, type Tolerance, type TrendPoint } from './soak/trend.ts';
import { formatTable } from './table.ts';

const usage = `Usage: npm run bench -- soak [options]

  The whole bot, in a process of its own with its store on the disk, at a local Discord where people keep it busy:
  they ask with and without tools, edit, delete, stop, reset. Every so often they fall silent, and what is alive in
  the bot is counted after a collection of garbage. Exit code 1 where something grows.

  --minutes 10
  --people 100
  --write          puts the table into docs/performance.md`;

type Sample = Census & { readonly warnings: number; readonly atMs: number };

/**
 * What is chance: bytes that a collection leaves or not, connections (with a timer each) that were needed at once,
 * what is kept of interactions for a minute.
 */
const MEASURES: Readonly<Partial<Record<keyof Census, Tolerance>>> = {
  heapBytes: { share: 0.04, amount: 1_500_000 },
  externalBytes: { share: 0.1, amount: 1_500_000 },
  listeners: { share: 0.05, amount: 30 },
  connections: { share: 0.3, amount: 30 },
  timers: { share: 0.1, amount: 50 },
  handles: { share: 0.05, amount: 10 },
  mapEntries: { share: 0.02, amount: 200 },
  abortSignals: { share: 0.05, amount: 20 },
  promises: { share: 0.05, amount: 50 },
};

/** For three thirds with a median each. */
const MIN_SAMPLES = 6;
const MIN_INTERVAL_MS = 3_000;
/** What is still being delivered, written or closed when the last answer stands. */
const SETTLE_MS = 3_000;

export async function benchmarkSoak(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      people: { type: 'string', default: '100' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [minutes = 0, people = 0] = [values.minutes, values.people].map(Number);
  if (values.help || !(minutes > 0) || !(people >= 1)) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-soak-'));
  stack.defer(() => rm(directory, { recursive: true }));
  const discord = await startDiscord({ messageContentIntent: true });
  stack.defer(() => discord.stop());
  const model = await startModelServer({ script: createSandboxScript() });
  stack.defer(() => model.stop());
  const bot = await startSoakedBot({
    ...toBotEnvironment(
      {},
      {
        token: discord.token,
        apiUrl: discord.apiUrl,
        storeUrl: `sqlite://${join(directory, 'soak.db')}`,
        scriptedModelUrl: model.baseUrl,
      },
    ),
  });
  stack.defer(() => bot.stop());
  const crowd = startBusyPeople({ discord, people });
  const samples = await takeSamples(bot, crowd, minutes * 60_000);
  const found = report(samples, crowd.counts);
  console.log(found);
  if (!values.write) return;
  const command = ['npm run bench -- soak', ...args].join(' ');
  const body = `\`${command}\`, ${describeMachine()}: what is alive in the bot after a collection of garbage.\n\n${found}`;
  await writeSection({ name: 'soak', title: 'Soak', body });
}

async function takeSamples(bot: SoakedBot, crowd: BusyPeople, lengthMs: number): Promise<Sample[]> {
  const intervalMs = Math.max(MIN_INTERVAL_MS, lengthMs / 30);
  const startedAt = performance.now();
  const samples: Sample[] = [];
  while (performance.now() - startedAt < lengthMs || samples.length < MIN_SAMPLES) {
    crowd.resume();
    await sleep(intervalMs);
    await crowd.pause();
    while ((await bot.busy()) > 0) await sleep(100);
    await sleep(SETTLE_MS);
    const sample = { ...(await bot.sample()), atMs: performance.now() - startedAt };
    samples.push(sample);
    const mb = (sample.heapBytes / 1e6).toFixed(1);
    process.stderr.write(
      `${(sample.atMs / 1_000).toFixed(0)} s: heap ${mb} MB, ${String(crowd.counts.answered)} answers\n`,
    );
  }
  return samples;
}

function report(samples: readonly Sample[], counts: Readonly<BusyPeopleCounts>): string {
  if (samples.length < MIN_SAMPLES) throw new Error(`Too short to tell: ${MIN_SAMPLES} counts are needed.`);
  const growing: string[] = [];
  const rows = (Object.keys(MEASURES) as (keyof Census)[]).concat('cacheEntries', 'rssBytes').map((name) => {
    const points = samples.map(({ atMs, [name]: value }): TrendPoint => ({ atMs, value }));
    const tolerance = MEASURES[name];
    const trend = toTrend(points, tolerance ?? { share: Infinity, amount: Infinity });
    if (trend.isGrowing) growing.push(name);
    const isBytes = name.endsWith('Bytes');
    const show = (value: number): string => (isBytes ? (value / 1e6).toFixed(2) : value.toFixed(0));
    return [
      isBytes ? name.replace('Bytes', ' MB') : name,
      ...[trend.first, trend.middle, trend.last].map(show),
      isBytes ? (trend.perMinute / 1e6).toFixed(3) : trend.perMinute.toFixed(1),
      tolerance === undefined ? '-' : trend.isGrowing ? 'GROWS' : 'flat',
    ];
  });
  const table = formatTable(['', 'first third', 'middle', 'last', 'per minute', ''], rows, 1);
  const people = Object.entries(counts)
    .map(([name, count]) => `${name} ${String(count)}`)
    .join(', ');
  const warnings = samples.at(-1)?.warnings ?? 0;
  if (warnings > 0) growing.push(`${String(warnings)} warnings of the process`);
  if (counts.unanswered > counts.asked * 0.01) growing.push('questions without an answer');
  if (growing.length > 0) process.exitCode = 1;
  const verdict = growing.length === 0 ? 'Nothing grows.' : `Not as it should be: ${growing.join(', ')}.`;
  return `${table}\n\nPeople: ${people}. ${verdict}`;
}
