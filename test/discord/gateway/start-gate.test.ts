import { expect, test } from 'vitest';
import { createStartGate, type StartGateOptions } from '../../../src/discord/gateway/start-gate.ts';
import { StoreUnavailableError } from '../../../src/errors.ts';
import { openMemoryStorage } from '../../../src/storage/memory-storage.ts';
import { recordLog } from '../../intake/recorded-log.ts';

const { signal: never } = new AbortController();

/** Each call is a process that starts on the same store. */
function startOn(given: Partial<StartGateOptions> = {}) {
  const store = openMemoryStorage({ timeoutMs: 1_000 }).namespace('starts');
  // It stands still, but for `later`.
  let clockMs = Date.now();
  const begin = async (signal = never): Promise<number> => {
    const { log, lines } = recordLog();
    const now = (): number => clockMs;
    const times = { windowMs: 60_000, firstDelayMs: 20, maxDelayMs: 60 };
    await createStartGate({ store, log, maxStarts: 3, now, ...times, ...given }).pass(signal);
    return Number(lines[0]?.['waitMs'] ?? 0);
  };
  const later = (ms: number): void => {
    clockMs += ms;
  };
  return { begin, later };
}

test('FAULTS 4: in a crash loop each start waits longer before the login, up to a bound', async () => {
  const { begin } = startOn();
  const waits: number[] = [];
  for (let n = 0; n < 7; n += 1) waits.push(await begin());
  expect(waits).toEqual([0, 0, 0, 20, 40, 60, 60]);
});

test('FAULTS 4: after a quiet time, and after a life longer than the wait, nothing is waited for', async () => {
  const { begin, later } = startOn();
  for (let n = 0; n < 4; n += 1) await begin();
  later(50);
  expect(await begin()).toBe(0);
  later(61_000);
  for (let n = 0; n < 3; n += 1) expect(await begin()).toBe(0);
  expect(await begin()).toBeGreaterThan(0);
});

test('FAULTS 4: a stop ends the wait', async () => {
  const { begin } = startOn({ firstDelayMs: 60_000, maxDelayMs: 60_000 });
  for (let n = 0; n < 3; n += 1) await begin();
  const reason = new Error('stopping');
  const controller = new AbortController();
  const waiting = begin(controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

test('FAULTS 4: neither a store that is down nor a clock that was set back holds up a start', async () => {
  const down = () => Promise.reject(new StoreUnavailableError('starts', new Error('down')));
  const { begin } = startOn({ store: { get: down, set: down, delete: down } });
  for (let n = 0; n < 5; n += 1) expect(await begin()).toBe(0);
  const backwards = startOn();
  for (let n = 0; n < 5; n += 1) {
    expect(await backwards.begin()).toBe(0);
    backwards.later(-60_000);
  }
});
