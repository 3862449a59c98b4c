import { monitorEventLoopDelay } from 'node:perf_hooks';
import { runAgent } from '../src/agent/run-agent.ts';
import { sleep } from '../src/lib/abort.ts';
import { createTask, memoryWriteMs, ports } from './agents-workload.ts';

export interface AgentsMeasurement {
  /** Until the last of them had its answer. */
  readonly wallMs: number;
  readonly answerP50Ms: number;
  readonly answerP99Ms: number;
  readonly cpuMs: number;
  /** What all runs together keep alive while they wait for the model. */
  readonly heapBytes: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
}

const resolutionMs = 10;
const warmUpRuns = 300;

interface Answers {
  readonly latenciesMs: readonly number[];
  readonly wallMs: number;
  /** Settles when all memory is written, after everybody has their answer. */
  readonly written: Promise<unknown>;
}

/** Starts `count` runs in the same tick. */
async function answerAll(count: number): Promise<Answers> {
  const start = performance.now();
  const writes: Promise<void>[] = [];
  const latenciesMs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      let text = '';
      const outcome = await runAgent(
        createTask(index),
        ports,
        (event) => {
          if (event.type === 'text-delta') text += event.text;
        },
        // One of its own, as each run has: adding a listener takes as long as there are listeners already.
        new AbortController().signal,
      );
      if (outcome.stopReason !== 'answered' || text !== outcome.text) {
        throw new Error(`Run ${String(index)} ended as ${outcome.stopReason}`, { cause: outcome.error });
      }
      writes.push(sleep(memoryWriteMs));
      return performance.now() - start;
    }),
  );
  return { latenciesMs, wallMs: performance.now() - start, written: Promise.all(writes) };
}

/** Collecting garbage in the midst of it costs time, so memory is measured in a second round. */
async function measureHeap(count: number): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('Start this with --expose-gc.');
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const all = answerAll(count);
  await sleep(600);
  globalThis.gc();
  const heapBytes = process.memoryUsage().heapUsed - before;
  await (
    await all
  ).written;
  return heapBytes;
}

/** A bot that has been running for a while; without it, one run alone would pay for compiling all code. */
async function warmUp(): Promise<void> {
  await (
    await answerAll(warmUpRuns)
  ).written;
}

async function measureAgents(count: number): Promise<AgentsMeasurement> {
  await warmUp();
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  await sleep(50);
  const cpuBefore = process.cpuUsage();
  const { latenciesMs, wallMs, written } = await answerAll(count);
  await written;
  const cpu = process.cpuUsage(cpuBefore);
  delay.disable();
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return {
    wallMs,
    answerP50Ms: quantile(0.5),
    answerP99Ms: quantile(0.99),
    cpuMs: (cpu.user + cpu.system) / 1_000,
    heapBytes: await measureHeap(count),
    loopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
    loopDelayMaxMs: Math.max(0, delay.max / 1e6 - resolutionMs),
  };
}

process.stdout.write(JSON.stringify(await measureAgents(Number(process.argv[2]))));
