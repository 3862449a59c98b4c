/**
 * Measures one contender in this process, which has seen no other. Takes a MeasureRequest as JSON in its only
 * argument and writes a Measurement as JSON to its standard output.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ANSWER } from './task.ts';
import type { Contender, CreateContender } from './task.ts';

export interface MeasureRequest {
  /** File in `contenders/`. */
  readonly contender: string;
  readonly origin: string;
  readonly warmUp: number;
  readonly load: Load;
}

export type Load =
  /** `runs` at once, `rounds` times one after the other. */
  | { readonly kind: 'burst'; readonly runs: number; readonly rounds: number }
  /** `perSecond` runs started each second for `seconds`. */
  | { readonly kind: 'steady'; readonly perSecond: number; readonly seconds: number };

export interface Measurement {
  readonly runs: number;
  readonly cpuMsPerRun: number;
  readonly firstTextP50Ms: number;
  readonly firstTextP99Ms: number;
  /** From the start to the end of the last run; of one round. */
  readonly totalMs: number;
  /** Peak of resident memory less what there was before, over the runs of a round. */
  readonly kilobytesPerRun: number;
  readonly loopDelayP99Ms: number;
}

const SAMPLE_INTERVAL_MS = 20;
const LOOP_DELAY_RESOLUTION_MS = 10;
/** With fewer runs than this the meters for memory and delay would cost more than the runs. */
const MIN_RUNS_FOR_METERS = 50;

async function measure({ contender: file, origin, warmUp, load }: MeasureRequest): Promise<Measurement> {
  const { create } = (await import(`./contenders/${file}`)) as { create: CreateContender };
  const contender = await create(origin);
  await Promise.all(Array.from({ length: warmUp }, () => runOnce(contender, () => undefined)));
  await contender.settle?.();
  globalThis.gc?.();
  globalThis.gc?.();

  const rounds = load.kind === 'burst' ? load.rounds : 1;
  const runsPerRound = load.kind === 'burst' ? load.runs : load.perSecond * load.seconds;
  const meters = runsPerRound >= MIN_RUNS_FOR_METERS ? startMeters() : undefined;
  const firstTexts: number[] = [];
  const before = process.cpuUsage();
  const startedAt = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    await (load.kind === 'burst'
      ? burst(contender, load.runs, firstTexts)
      : steady(contender, load, firstTexts));
  }
  const totalMs = (performance.now() - startedAt) / rounds;
  await contender.settle?.();
  const { user, system } = process.cpuUsage(before);
  const { peakBytes, loopDelayP99Ms } = meters?.stop() ?? { peakBytes: 0, loopDelayP99Ms: 0 };
  await contender.close?.();

  const runs = runsPerRound * rounds;
  if (firstTexts.length !== runs)
    throw new Error(`${String(firstTexts.length)} first texts of ${String(runs)} runs`);
  firstTexts.sort((a, b) => a - b);
  return {
    runs,
    cpuMsPerRun: (user + system) / 1_000 / runs,
    firstTextP50Ms: firstTexts[Math.floor(runs * 0.5)] ?? 0,
    firstTextP99Ms: firstTexts[Math.floor(runs * 0.99)] ?? 0,
    totalMs,
    kilobytesPerRun: peakBytes / 1_024 / runsPerRound,
    loopDelayP99Ms,
  };
}

/** All at once; the time to each first text counts from the moment when all were asked for. */
async function burst(contender: Contender, runs: number, firstTexts: number[]): Promise<void> {
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (let index = 0; index < runs; index += 1) {
    all.push(runOnce(contender, () => firstTexts.push(performance.now() - startedAt)));
  }
  await Promise.all(all);
}

/** By the clock: a late timer starts all that is due, and the time counts from when a run was due. */
async function steady(
  contender: Contender,
  load: { readonly perSecond: number; readonly seconds: number },
  firstTexts: number[],
): Promise<void> {
  const runs = load.perSecond * load.seconds;
  const all: Promise<void>[] = [];
  const begin = performance.now();
  while (all.length < runs) {
    const dueAt = begin + (all.length * 1_000) / load.perSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    all.push(runOnce(contender, () => firstTexts.push(performance.now() - dueAt)));
  }
  await Promise.all(all);
}

async function runOnce(contender: Contender, onFirstText: () => void): Promise<void> {
  let seen = false;
  const answer = await contender.run(() => {
    if (seen) return;
    seen = true;
    onFirstText();
  });
  if (answer !== ANSWER) throw new Error(`A wrong answer: ${answer.slice(0, 200)}`);
}

function startMeters() {
  const baseline = process.memoryUsage.rss();
  let peak = baseline;
  const sample = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(sample, SAMPLE_INTERVAL_MS);
  const delay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  delay.enable();
  return {
    stop() {
      clearInterval(timer);
      delay.disable();
      sample();
      // The histogram holds the whole time between two ticks of its timer.
      const loopDelayP99Ms = Math.max(0, delay.percentile(99) / 1e6 - LOOP_DELAY_RESOLUTION_MS);
      return { peakBytes: peak - baseline, loopDelayP99Ms };
    },
  };
}

const measurement = await measure(JSON.parse(process.argv[2] ?? '{}') as MeasureRequest);
process.stdout.write(`${JSON.stringify(measurement)}\n`, () => process.exit(0));
