/**
 * Loaded into the bot's process before its own code (`--import`), so that what is measured is the program as an
 * operator starts it. Measures when it is asked to.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import { offerCalls } from './calls.ts';

export interface Memory {
  readonly rssBytes: number;
  /** What is alive after a collection of garbage: on the heap, and in buffers beside it. */
  readonly liveBytes: number;
}

export interface Work {
  /** Of all threads of the process. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
}

const RESOLUTION_MS = 10;
const COLLECTIONS = 3;
const COLLECTION_PAUSE_MS = 100;

/** Made with the first measurement of work: it takes memory that is not the program's. */
let loopDelay: ReturnType<typeof monitorEventLoopDelay> | undefined;
let cpuBefore = process.cpuUsage();
let beganAt = performance.now();

const calls = {
  /** Collects garbage, more than once: what is freed calls what frees more. */
  async memory(): Promise<Memory> {
    for (let round = 0; round < COLLECTIONS; round += 1) {
      await globalThis.gc?.({ execution: 'async', type: 'major' });
      await delay(COLLECTION_PAUSE_MS);
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rssBytes: rss, liveBytes: heapUsed + external };
  },
  beginWork(): void {
    loopDelay ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    loopDelay.reset();
    loopDelay.enable();
    cpuBefore = process.cpuUsage();
    beganAt = performance.now();
  },
  endWork(): Work {
    if (!loopDelay) throw new Error('No work was begun');
    const { user, system } = process.cpuUsage(cpuBefore);
    loopDelay.disable();
    const toDelayMs = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    return {
      cpuMs: (user + system) / 1_000,
      wallMs: performance.now() - beganAt,
      loopDelayP99Ms: loopDelay.count === 0 ? 0 : toDelayMs(loopDelay.percentile(99)),
      loopDelayMaxMs: loopDelay.count === 0 ? 0 : toDelayMs(loopDelay.max),
    };
  },
  snapshot: (file: string): string => writeHeapSnapshot(file),
};

export type ProbeCalls = typeof calls;

offerCalls(calls);
