import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Something that waits, and how much of it is too much. */
export interface PendingCount {
  /** For the log. */
  readonly what: string;
  readonly count: () => number;
  readonly max: number;
}

export interface OverloadOptions {
  /** Mean over one window, ms: above it the process is late. */
  readonly maxEventLoopDelayMs: number;
  /** So long it must be late in one go before it does not keep up, ms (15,000): a burst is worked off sooner. */
  readonly lastingMs?: number;
  readonly pending?: readonly PendingCount[];
  readonly log: OverloadLog;
  /** How long a window is, ms (1,000). */
  readonly windowMs?: number;
  /** Opens the measurement of the event loop; replaced by tests. */
  readonly measureDelay?: () => DelayMeasurement;
  /** Monotonic, in ms. */
  readonly now?: () => number;
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
/** A measure is within its bound again when it has fallen below this share of it, so that it does not flicker. */
const RECOVERED_SHARE = 0.5;
const LASTING_MS = 15_000;
/**
 * A window that took longer than so many counts as so many: a process that was stopped for an hour, or one long turn,
 * says nothing of what follows.
 */
const MAX_WINDOWS_AT_ONCE = 3;

const REASON = 'I have more to do than I can manage just now. Please try again in a minute.';

/**
 * Tells whether more work should be taken. Work that waits is too much as soon as it passes its bound, which says how
 * long a person would wait. A late event loop alone says that they wait a little: it is too much only when it lasts,
 * so that a burst waits its turn and is answered. What waits is counted at each question, the delay once a window.
 */
export function createOverload(options: OverloadOptions): Overload {
  const { maxEventLoopDelayMs, lastingMs = LASTING_MS, pending = [], log, windowMs = 1_000 } = options;
  const { measureDelay = measureEventLoopDelay, now = () => performance.now() } = options;
  const delay = measureDelay();
  const excessive = new Set<PendingCount>();
  let loopDelay: LoopDelay = { meanMs: 0, medianMs: 0 };
  let windowBeganAt = now();
  let lateForMs = 0;
  let isLate = false;
  let isOverloaded = false;

  const update = (): void => {
    for (const measure of pending) {
      const max = measure.max * (excessive.has(measure) ? RECOVERED_SHARE : 1);
      if (measure.count() > max) excessive.add(measure);
      else excessive.delete(measure);
    }
    const [first] = excessive;
    if (isOverloaded === (isLate || first !== undefined)) return;
    isOverloaded = !isOverloaded;
    const context = { delayMs: loopDelay.meanMs, lateForMs, waiting: first?.count(), what: first?.what };
    if (isOverloaded) log.warn(context, 'overloaded: new questions are refused');
    else log.info({ delayMs: loopDelay.meanMs }, 'no longer overloaded');
  };

  const endWindow = (): void => {
    const endedAt = now();
    loopDelay = delay.take();
    const isOver = loopDelay.meanMs > maxEventLoopDelayMs * (isLate ? RECOVERED_SHARE : 1);
    lateForMs = isOver ? lateForMs + Math.min(endedAt - windowBeganAt, MAX_WINDOWS_AT_ONCE * windowMs) : 0;
    isLate = isOver && (isLate || lateForMs >= lastingMs);
    windowBeganAt = endedAt;
    update();
  };
  const timer = setInterval(endWindow, windowMs).unref();

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
