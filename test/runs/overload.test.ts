import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOverload, type OverloadOptions } from '../../src/runs/overload.ts';

const WINDOW_MS = 1_000;
const LASTING_MS = 5_000;

function setUp(options: Partial<OverloadOptions> = {}) {
  const lines: string[] = [];
  const note = (_context: object, message: string): void => {
    lines.push(message);
  };
  const measured = { delayMs: 0, isStopped: false, stoppedForMs: 0 };
  const overload = createOverload({
    maxEventLoopDelayMs: 100,
    windowMs: WINDOW_MS,
    lastingMs: LASTING_MS,
    now: () => Date.now() + measured.stoppedForMs,
    measureDelay: () => ({
      take: () => ({ meanMs: measured.delayMs, medianMs: measured.delayMs / 2 }),
      stop: () => {
        measured.isStopped = true;
      },
    }),
    log: { warn: note, info: note },
    ...options,
  });
  const nextWindow = (delayMs: number): void => {
    measured.delayMs = delayMs;
    vi.advanceTimersByTime(WINDOW_MS);
  };
  const windows = (count: number, delayMs: number): void => {
    for (let window = 0; window < count; window += 1) nextWindow(delayMs);
  };
  return { overload, measured, nextWindow, windows, lines };
}

describe('with a clock of the test', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('FAULTS 7: an event loop that stays late closes intake, and only a quiet one opens it again', () => {
    const { overload, nextWindow, windows, lines } = setUp();
    windows(9, 100);
    expect(overload.reason()).toBeUndefined();
    windows(4, 101);
    expect(overload.loopDelayMs()).toBe(50.5);
    expect(overload.reason()).toBeUndefined();
    nextWindow(101);
    expect(overload.reason()).toMatch(/try again in a minute/);
    nextWindow(60);
    expect(overload.reason()).toBeDefined();
    nextWindow(50);
    expect(overload.reason()).toBeUndefined();
    nextWindow(60);
    expect(overload.reason()).toBeUndefined();
    expect(lines).toEqual(['overloaded: new questions are refused', 'no longer overloaded']);
  });

  test('FAULTS 7: a burst that is worked off is no overload, again and again', () => {
    const { overload, windows, lines } = setUp();
    for (let burst = 0; burst < 10; burst += 1) {
      windows(4, 2_000);
      expect(overload.reason()).toBeUndefined();
      windows(1, 100);
    }
    expect(lines).toEqual([]);
  });

  test('FAULTS 7: one long pause of the whole process does not last, however long it was', () => {
    const { overload, measured, nextWindow } = setUp();
    measured.stoppedForMs = 3_600_000;
    nextWindow(60_000);
    expect(overload.reason()).toBeUndefined();
    nextWindow(60_000);
    nextWindow(60_000);
    expect(overload.reason()).toBeDefined();
  });

  test('FAULTS 7: what waits is counted at each question', () => {
    let waiting = 10;
    const { overload } = setUp({ pending: [{ what: 'requests', count: () => waiting, max: 10 }] });
    expect(overload.reason()).toBeUndefined();
    waiting = 11;
    expect(overload.reason()).toBeDefined();
    waiting = 6;
    expect(overload.reason()).toBeDefined();
    waiting = 5;
    expect(overload.reason()).toBeUndefined();
  });

  test('it is over only when every measure has recovered', () => {
    let waiting = 11;
    const { overload, windows, nextWindow } = setUp({
      pending: [{ what: 'requests', count: () => waiting, max: 10 }],
    });
    windows(5, 200);
    waiting = 0;
    expect(overload.reason()).toBeDefined();
    nextWindow(0);
    expect(overload.reason()).toBeUndefined();
  });

  test('FAULTS 7: a late event loop does not hold intake closed once what waited is worked off', () => {
    let waiting = 11;
    const { overload, nextWindow } = setUp({
      pending: [{ what: 'requests', count: () => waiting, max: 10 }],
    });
    nextWindow(200);
    expect(overload.reason()).toBeDefined();
    waiting = 5;
    expect(overload.reason()).toBeUndefined();
  });

  test('FAULTS 30: nothing goes on after the end', () => {
    const { overload, measured } = setUp();
    expect(vi.getTimerCount()).toBe(1);
    overload.stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(measured.isStopped).toBe(true);
  });
});

test('FAULTS 7: the real event loop is measured', async () => {
  const overload = createOverload({
    maxEventLoopDelayMs: 60,
    windowMs: 150,
    lastingMs: 300,
    log: { warn: () => undefined, info: () => undefined },
  });
  try {
    await vi.waitFor(
      () => {
        const until = performance.now() + 140;
        while (performance.now() < until) continue;
        expect(overload.reason()).toBeDefined();
      },
      { timeout: 5_000, interval: 1 },
    );
    await vi.waitFor(
      () => {
        expect(overload.reason()).toBeUndefined();
      },
      { timeout: 5_000 },
    );
  } finally {
    overload.stop();
  }
});
