import { expect, test } from 'vitest';
import { planFaults, type PlannedFault } from '../../../sandbox/nemesis/fault-plan.ts';
import { allFaults, chooseFaults } from '../../../sandbox/nemesis/faults.ts';
import { createRandom } from '../../../sandbox/nemesis/random.ts';

const take = (seed: number, count: number): PlannedFault[] =>
  planFaults({ faults: allFaults, meanGapMs: 1_000, random: createRandom(seed) })
    .take(count)
    .toArray();

test('the same seed plans the same faults, another one others', () => {
  expect(take(7, 200)).toEqual(take(7, 200));
  expect(take(7, 200)).not.toEqual(take(8, 200));
});

test('every kind of fault comes, in its order and for its time', () => {
  const plan = take(1, 900);
  expect(new Set(plan.map(({ fault }) => fault.name))).toEqual(
    new Set([
      ...['kill -9', 'SIGTERM', 'SIGSTOP'],
      ...['sockets dropped', 'sockets half-open', 'resumes refused', 'gateway away', 'asked to reconnect'],
      ...['heartbeats unanswered', 'never greeted', 'dispatches three times', 'dispatches reordered'],
      ...['REST 429', 'REST 500', 'REST slow', 'REST reset', 'REST silent'],
      ...['REST 500 after the effect', 'REST reset after the effect', 'REST silent after the effect'],
      ...['model rate-limited', 'model failing', 'model stalling', 'model resetting', 'model silent'],
      ...['disk slow', 'disk failing', 'permission taken'],
      ...[403, 404, 408, 502].flatMap((status) => [`HTML ${status}`, `HTML ${status} for everything`]),
      ...[3, 12, 1_200, 3_600].flatMap((seconds) => [
        `clock ${seconds} s ahead`,
        `clock ${seconds} s behind`,
      ]),
    ]),
  );
  const times = plan.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  for (const { fault, lastsMs } of plan) {
    expect(lastsMs).toBeGreaterThanOrEqual(fault.lastsMs[0]);
    expect(lastsMs).toBeLessThanOrEqual(fault.lastsMs[1]);
  }
});

test('faults that share something come one at a time', () => {
  const untilMs = new Map<string, number>();
  for (const { fault, atMs, lastsMs } of take(3, 500)) {
    const shared = fault.shares ?? fault.name;
    expect(atMs).toBeGreaterThanOrEqual(untilMs.get(shared) ?? 0);
    untilMs.set(shared, atMs + lastsMs);
  }
});

test('kinds of faults can be left out, all of them too', () => {
  const chosen = chooseFaults(new Set(['html', 'disk']));
  expect(new Set(chosen.map(({ kind }) => kind))).toEqual(new Set(['html', 'disk']));
  const none = planFaults({ faults: [], meanGapMs: 1_000, random: createRandom(1) });
  expect(none.toArray()).toEqual([]);
});
