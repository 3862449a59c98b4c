import { queryObjects } from 'node:v8';
import { expect, test } from 'vitest';
import { createDurableStore, createGate, createHarness, openUntilIdle, toRun } from './run-service-scene.ts';

const MEGABYTE = 1_048_576;
const QUESTIONS = 10_000;
const PEOPLE = 50;
/** Together they are 20 MB. */
const TEXT_LENGTH = 2_000;
const LIMITS = { maxConcurrent: 8, maxConcurrentPerUser: 2, maxPending: 100, maxPendingPerUser: 5 };
const TAKEN = LIMITS.maxConcurrent + LIMITS.maxPending;

/** After a collection of garbage, which a query makes first. */
function measureHeapBytes(): number {
  queryObjects(AbortSignal, { format: 'count' });
  return process.memoryUsage().heapUsed;
}

/** Every other question is from the same person. */
function toQuestion(n: number) {
  const userId = String(n % 2 === 0 ? 1 : 1 + (n % PEOPLE));
  return toRun(n + 1, {
    conversationId: userId,
    requester: { id: userId, name: `p${userId}` },
    prompt: { text: `question ${n} `.padEnd(TEXT_LENGTH, '.'), quotes: [], attachments: [] },
  });
}

test('FAULTS 7, 30: 10,000 questions at once: what waits and the heap stay bounded, each has one outcome, nothing is left', async () => {
  const store = createDurableStore();
  const gate = createGate();
  const { runs, events } = createHarness(gate.answer, { store, limits: LIMITS });
  const runIdsOf = (what: 'finished' | 'refused'): string[] =>
    events.filter((event) => event.what === what).map(({ runId }) => runId);
  const heapBytes = measureHeapBytes();

  let mostPending = 0;
  const admissions = Array.from({ length: QUESTIONS }, async (_, n) => {
    const admission = runs.submit(toQuestion(n));
    mostPending = Math.max(mostPending, runs.pending);
    return (await admission).kind;
  });
  const kinds = await Promise.all(admissions);
  expect(mostPending).toBe(LIMITS.maxPending);
  expect(kinds.filter((kind) => kind === 'admitted')).toHaveLength(TAKEN);
  expect([runs.active, runs.pending]).toEqual([LIMITS.maxConcurrent, LIMITS.maxPending]);
  const ofOne = runs.list({ userId: '1' }).filter(({ state }) => state === 'waiting');
  expect(ofOne).toHaveLength(LIMITS.maxPendingPerUser);

  await expect.poll(() => runIdsOf('refused').length).toBe(QUESTIONS - TAKEN);
  expect(measureHeapBytes() - heapBytes).toBeLessThan(8 * MEGABYTE);
  // A refusal is written down until it is told.
  expect(await store.list()).toHaveLength(TAKEN);

  await openUntilIdle(runs, gate);
  await runs.drain(1_000, 1_000);
  expect(await store.list()).toEqual([]);
  const [finished, refused] = [runIdsOf('finished'), runIdsOf('refused')];
  expect([finished.length, refused.length]).toEqual([TAKEN, QUESTIONS - TAKEN]);
  expect(new Set([...finished, ...refused]).size).toBe(QUESTIONS);
});
