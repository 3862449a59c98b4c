import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SwitchboardError } from '../src/errors.ts';
import { runApp } from '../src/lifecycle.ts';
import type { ProcessHost, Startable } from '../src/lifecycle.ts';
import { createLog } from '../src/observability/log.ts';

/** A process that remembers its exit codes instead of ending. */
class FakeProcess extends EventEmitter implements ProcessHost {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

interface Setup {
  readonly host: FakeProcess;
  readonly reports: string[];
  readonly lines: string[];
  readonly onFatal: (error: unknown) => void;
  readonly started: Promise<void>;
}

function startApp(app: Partial<Startable>, shutdownGraceMs = 1_000): Setup {
  const host = new FakeProcess();
  const reports: string[] = [];
  const lines: string[] = [];
  const fatal: { call: (error: unknown) => void } = { call: () => undefined };
  const started = runApp({
    createApp: (onFatal) => {
      fatal.call = onFatal;
      return { start: () => Promise.resolve(), stop: () => Promise.resolve(), ...app };
    },
    log: createLog({ level: 'info', secrets: [], destination: { write: (line) => lines.push(line) } }),
    report: (line) => reports.push(line),
    shutdownGraceMs,
    host,
  });
  return {
    host,
    reports,
    lines,
    started,
    onFatal: (error) => {
      fatal.call(error);
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test.each(['SIGTERM', 'SIGINT'])('FAULTS 27: %s stops the app and exits 0', async (signal) => {
  const stop = vi.fn(() => Promise.resolve());
  const { host, started } = startApp({ stop });
  await started;
  expect(host.exits).toEqual([]);
  host.emit(signal, signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(stop).toHaveBeenCalledTimes(1);
  expect(host.exits).toEqual([0]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(host.exits).toEqual([0]);
});

test('FAULTS 27: a second signal exits at once, non-zero', async () => {
  const { host, started } = startApp({ stop: () => Promise.withResolvers<undefined>().promise });
  await started;
  host.emit('SIGINT', 'SIGINT');
  await vi.advanceTimersByTimeAsync(10);
  expect(host.exits).toEqual([]);
  host.emit('SIGINT', 'SIGINT');
  expect(host.exits).toEqual([130]);
});

test('FAULTS 27: an app that does not stop is ended after the grace period, non-zero', async () => {
  const { host, started } = startApp({ stop: () => Promise.withResolvers<undefined>().promise }, 2_000);
  await started;
  host.emit('SIGTERM', 'SIGTERM');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(host.exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(host.exits).toEqual([1]);
});

test('a start that fails is one clear line and exit code 1', async () => {
  const stop = vi.fn(() => Promise.resolve());
  const error = new SwitchboardError('bad-token', 'Discord refused DISCORD_TOKEN.');
  const { host, reports, started } = startApp({ start: () => Promise.reject(error), stop });
  await started;
  expect(reports).toEqual(['Discord refused DISCORD_TOKEN.']);
  expect(stop).toHaveBeenCalledTimes(1);
  expect(host.exits).toEqual([1]);
});

test('a fatal error after the start drains and exits 1', async () => {
  const { host, reports, started, onFatal } = startApp({});
  await started;
  onFatal(new SwitchboardError('gateway-closed', 'The token was withdrawn.'));
  await vi.advanceTimersByTimeAsync(0);
  expect(reports).toEqual(['The token was withdrawn.']);
  expect(host.exits).toEqual([1]);
});

test('a signal while the app starts stops it and exits 0', async () => {
  const starting = Promise.withResolvers<undefined>();
  const { host, reports, started } = startApp({
    start: () => starting.promise,
    stop: () => {
      starting.reject(new Error('interrupted'));
      return Promise.resolve();
    },
  });
  host.emit('SIGTERM', 'SIGTERM');
  await started;
  await vi.advanceTimersByTimeAsync(0);
  expect(reports).toEqual([]);
  expect(host.exits).toEqual([0]);
});

test.each(['unhandledRejection', 'uncaughtException'])(
  'FAULTS 29: %s is logged, drains and exits non-zero',
  async (event) => {
    const stop = vi.fn(() => Promise.resolve());
    const { host, lines, started } = startApp({ stop });
    await started;
    host.emit(event, new Error('stray'));
    await vi.advanceTimersByTimeAsync(0);
    expect(lines.join('')).toContain('stray');
    expect(stop).toHaveBeenCalledTimes(1);
    expect(host.exits).toEqual([1]);
  },
);

test('FAULTS 29: an error during the shutdown makes its exit code non-zero', async () => {
  const stopping = Promise.withResolvers<undefined>();
  const { host, started } = startApp({ stop: () => stopping.promise });
  await started;
  host.emit('SIGTERM', 'SIGTERM');
  host.emit('unhandledRejection', new Error('stray'));
  stopping.resolve(undefined);
  await vi.advanceTimersByTimeAsync(0);
  expect(host.exits).toEqual([1]);
});
