import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Something that waits, and how much of it is too much. */
export interface PendingCount {
  /** For the log. */
  readonly what: string;
  readonly count: () => number;
  readonly max: number;
}

export interface OverloadOptions {
  /** Mean over one window, ms: above it the process does not keep up with what it has taken. */
  readonly maxEventLoopDelayMs: number;
  readonly pending?: readonly PendingCount[];
  readonly log: OverloadLog;
  /** How long a window is, ms (1,000). */
  readonly windowMs?: number;
  /** Opens the measurement of the event loop; replaced by tests. */
  readonly measureDelay?: () => DelayMeasurement;
}

export interface OverloadLog {
  warn(context: object, message: string): void;
  info(context: object, message: string): void;
}

/** How late the event loop turned, ms. One long turn shows in the mean, a loop that is always late in both. */
export interface LoopDelay {
  readonly meanMs: number;
  readonly medianMs: number;
}

export interface DelayMeasurement {
  /** Of the turns since the last call. */
  take(): LoopDelay;
  stop(): void;
}

export interface Overload {
  /** Why nothing new is taken just now, as a sentence for the person; undefined while all is well. */
  reason(): string | undefined;
  /** How late the event loop turned in the last window, the median, ms. */
  loopDelayMs(): number;
  stop(): void;
}

/** Not finer: 1 ms takes 31 ms of CPU each second, 20 ms less than 2. */
const RESOLUTION_MS = 20;
/** It is over when everything has fallen below this share of its bound, so that it does not flicker. */
const RECOVERED_SHARE = 0.5;

const REASON = 'I have more to do than I can manage just now. Please try again in a minute.';

interface Excess {
  readonly what: string;
  readonly value: number;
  readonly max: number;
}

/**
 * Tells whether more work should be taken. It begins as soon as one measure passes its bound and ends when all of
 * them are below half of it. Pending work is counted at each question, the event loop's delay once a window.
 */
export function createOverload(options: OverloadOptions): Overload {
  const { maxEventLoopDelayMs, pending = [], log, windowMs = 1_000 } = options;
  const delay = (options.measureDelay ?? measureEventLoopDelay)();
  let loopDelay: LoopDelay = { meanMs: 0, medianMs: 0 };
  let isOverloaded = false;

  const findExcess = (share: number): Excess | undefined =>
    [
      { what: 'event loop delay in ms', value: loopDelay.meanMs, max: maxEventLoopDelayMs },
      ...pending.map(({ what, count, max }) => ({ what, value: count(), max })),
    ].find(({ value, max }) => value > max * share);

  const update = (): void => {
    const excess = findExcess(isOverloaded ? RECOVERED_SHARE : 1);
    if (isOverloaded === (excess !== undefined)) return;
    isOverloaded = excess !== undefined;
    if (excess) log.warn({ ...excess }, 'overloaded: new questions are refused');
    else log.info({ delayMs: loopDelay.meanMs }, 'no longer overloaded');
  };

  const timer = setInterval(() => {
    loopDelay = delay.take();
    update();
  }, windowMs).unref();

  return {
    reason() {
      update();
      return isOverloaded ? REASON : undefined;
    },
    loopDelayMs: () => loopDelay.medianMs,
    stop() {
      clearInterval(timer);
      delay.stop();
    },
  };
}

/** How late the event loop turns. */
function measureEventLoopDelay(): DelayMeasurement {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    take() {
      // The histogram holds the time between two ticks, so an idle loop shows the resolution itself.
      const toDelayMs = (ns: number): number =>
        histogram.count === 0 ? 0 : Math.max(0, ns / 1e6 - RESOLUTION_MS);
      const delay = { meanMs: toDelayMs(histogram.mean), medianMs: toDelayMs(histogram.percentile(50)) };
      histogram.reset();
      return delay;
    },
    stop() {
      histogram.disable();
    },
  };
}
