import { expect, onTestFinished, test, vi } from 'vitest';
import { createDailyQuota, type DailyQuotaOptions } from '../../src/runs/daily-quota.ts';
import { recordLog } from '../intake/recorded-log.ts';
import { ScriptedStore } from '../memory/scripted-store.ts';
import { createGate, createHarness, idle, openUntilIdle, outcomeOf, toRun } from './run-service-scene.ts';

const NOON = Date.UTC(2026, 10, 12, 12);
const DAY_MS = 24 * 60 * 60_000;
const MIDNIGHT = `<t:${Date.UTC(2026, 10, 13) / 1_000}:R>`;

function createQuota(options: Partial<DailyQuotaOptions> = {}) {
  const quota = createDailyQuota({
    ...{ max: 0, maxPerUser: 2, store: new ScriptedStore(), log: recordLog().log, now: () => NOON },
    ...options,
  });
  if (!quota) throw new Error('nothing is limited');
  return quota;
}

test('FAULTS 42: each person has so many questions a day, and is told when they may ask again', () => {
  let now = NOON;
  const quota = createQuota({ now: () => now });
  expect([quota.take('1'), quota.take('1'), quota.take('2')]).toEqual([undefined, undefined, undefined]);
  expect(quota.take('1')).toBe(
    `You have asked me 2 questions today, and more I may not answer. Please ask again ${MIDNIGHT}.`,
  );
  expect(quota.reason('2', 100)).toBeUndefined();
  now += DAY_MS / 2;
  expect(quota.take('1')).toBeUndefined();
});

test('FAULTS 42: all together have so many, those that wait among them', () => {
  const quota = createQuota({ max: 3, maxPerUser: 0 });
  quota.take('1');
  expect(quota.reason('2', 1)).toBeUndefined();
  expect(quota.reason('2', 2)).toContain(
    `as many questions today as I may answer. Please ask again ${MIDNIGHT}.`,
  );
  quota.take('1');
  quota.take('1');
  expect(quota.take('2')).toContain(MIDNIGHT);
});

test('FAULTS 42: the count goes on after a restart, and not on the next day', async () => {
  const store = new ScriptedStore();
  const first = createQuota({ store });
  await first.load();
  first.take('1');
  await first.flush();
  const second = createQuota({ store });
  await second.load();
  expect([second.take('1'), second.take('1')]).toEqual([undefined, expect.stringContaining('2 questions')]);
  await second.flush();
  const nextDay = createQuota({ store, now: () => NOON + DAY_MS });
  await nextDay.load();
  expect([nextDay.take('1'), nextDay.take('1')]).toEqual([undefined, undefined]);
});

test('FAULTS 28, 42: while the store is out of reach it counts all the same, and then adds what was counted before', async () => {
  const store = new ScriptedStore();
  const before = createQuota({ store });
  before.take('1');
  await before.flush();
  store.failures.get = 1;
  const quota = createQuota({ store });
  await quota.load();
  expect(quota.take('1')).toBeUndefined();
  expect(store.calls.set).toBe(1);
  await quota.flush();
  expect(quota.reason('1', 0)).toContain('2 questions');
  expect(store.entries.get('today')).toContain('["1",2]');
});

test('many questions are one write', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const store = new ScriptedStore();
  const quota = createQuota({ store, maxPerUser: 1_000 });
  for (let n = 0; n < 100; n += 1) quota.take('1');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(store.calls.set).toBe(1);
});

test('where nothing is limited, nothing is counted', () => {
  const options = { max: 0, maxPerUser: 0, store: new ScriptedStore(), log: recordLog().log };
  expect(createDailyQuota(options)).toBeUndefined();
});

test('FAULTS 42: retries and edits count; what was refused or stopped before the model was asked does not', async () => {
  const gate = createGate();
  const quota = createQuota({ maxPerUser: 4 });
  const { runs, events } = createHarness(gate.answer, { quota });
  const [asked, edited] = [toRun(1), toRun(2, { conversationId: 'one' })];
  await runs.submit(asked);
  await openUntilIdle(runs, gate);
  await runs.retry('1', { createdAt: Date.now() });
  await openUntilIdle(runs, gate);
  // Waits behind the one before it, and never starts.
  await runs.submit(edited);
  await runs.submit(toRun(3, { conversationId: 'one' }));
  runs.stop({ runId: '3' }, 'requester');
  await vi.waitFor(() => {
    expect(runs.active).toBe(1);
  });
  gate.openAll();
  await idle(runs);
  expect(quota.reason('1', 0)).toBeUndefined();
  await runs.edit({ ...edited, prompt: { ...edited.prompt, text: 'again' } }, Date.now());
  await openUntilIdle(runs, gate);
  expect(await runs.submit(toRun(4))).toMatchObject({ kind: 'refused' });
  const before = events.filter(({ what }) => what === 'finished').length;
  expect(await runs.retry('1', { createdAt: Date.now() })).toMatchObject({ kind: 'refused' });
  expect(events.filter(({ what }) => what === 'finished')).toHaveLength(before);
  await vi.waitFor(() => {
    expect(events.filter(({ what }) => what === 'refused')).toHaveLength(2);
  });
});

test('FAULTS 42: a question that is edited while it is answered ends where its author has no more', async () => {
  const gate = createGate();
  const { runs, events } = createHarness(gate.answer, { quota: createQuota({ maxPerUser: 1 }) });
  const run = toRun(1);
  await runs.submit(run);
  await vi.waitFor(() => {
    expect(events.some(({ what }) => what === 'started')).toBe(true);
  });
  await runs.edit({ ...run, prompt: { ...run.prompt, text: 'again' } }, Date.now());
  await openUntilIdle(runs, gate);
  expect(outcomeOf(events, '1')).toMatchObject({
    kind: 'failed',
    notice: expect.stringContaining(MIDNIGHT) as string,
  });
});
