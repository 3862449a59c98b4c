import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** A finer resolution costs CPU all the time: 1 ms takes 31 ms of it each second, 10 ms 3.5. */
const resolutionMs = 20;

/** CPU, memory and the delay of the event loop. */
export function registerProcessMetrics(registry: Registry): { stop(): void } {
  const registers = [registry];
  let reportedMicros = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.inc((user + system - reportedMicros) / 1e6);
      reportedMicros = user + system;
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'nodejs_heap_used_bytes',
    help: 'Heap in use',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  return registerDelay(registry);
}

function registerDelay(registry: Registry): { stop(): void } {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  new Gauge({
    name: 'switchboard_event_loop_delay_seconds',
    help: 'How late the event loop was since the last scrape',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      // The histogram holds the time between two ticks, so an idle loop shows the resolution itself.
      const toSeconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);
      this.set({ quantile: '0.5' }, toSeconds(histogram.percentile(50)));
      this.set({ quantile: '0.99' }, toSeconds(histogram.percentile(99)));
      this.set({ quantile: '1' }, toSeconds(histogram.max));
      histogram.reset();
    },
  });
  return {
    stop() {
      histogram.disable();
    },
  };
}
