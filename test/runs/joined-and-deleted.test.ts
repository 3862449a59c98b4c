import { expect, test } from 'vitest';
import { createAnswers } from '../../src/runs/answers.ts';
import type { Delivery } from '../../src/runs/ports.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import { sleep } from '../../src/lib/abort.ts';
import { createDurableStore, createOutage, idle, toRun } from './run-service-scene.ts';
import {
  askedOf,
  away,
  createJoinedScene,
  createReplies,
  createStepScene,
  editedRun,
  join,
  one,
  readBy,
  remembered,
  silentLog as log,
} from './step-scene.ts';

const joined = (id: number) => ({ id: String(id), createdAt: Date.now(), prompt: toRun(id).prompt });

/** An owed removal is tried again after a second or two. */
const owed = { timeout: 6_000 };

/** The memory of conversations, away for the first removal of a turn. */
function createForgetfulMemory() {
  const { conversations } = createStepScene();
  let failures = 0;
  return {
    failures: () => failures,
    conversations: {
      ...conversations,
      removeTurn: (...given: Parameters<typeof conversations.removeTurn>) =>
        failures++ === 0 ? away() : conversations.removeTurn(...given),
    },
  };
}

test('a host that waits is deleted: what joined it is on its own', async () => {
  const store = createDurableStore();
  await store.admit(toRun(9, { conversationId: 'nine' }), { isAgain: false });
  await store.admit(toRun(1, { ...one, joined: [joined(2)] }), { isAgain: false });
  const limits = { maxConcurrent: 64, maxConcurrentPerUser: 1, maxPending: 10, maxPendingPerUser: 5 };
  const scene = createStepScene({ store, limits });
  await scene.runs.resume();
  await expect.poll(() => scene.calls).toHaveLength(1);
  await scene.runs.forget('1');
  scene.calls[0]?.reply('nine');
  await expect.poll(() => askedOf(scene)).toContain('question 2');
});

test('the process is killed after a host was deleted: what joined it is still asked', async () => {
  const store = createDurableStore();
  const first = await createJoinedScene({ store, replies: createOutage().replies });
  void first.runs.forget('1').catch(() => undefined);
  await expect.poll(() => first.calls).toHaveLength(3);
  const second = createStepScene({ store });
  await second.runs.resume();
  await expect.poll(() => askedOf(second)).toContain('question 2');
});

test('a host is deleted while its answer waits for Discord: what joined it is asked on its own', async () => {
  const scene = await createJoinedScene({ replies: createOutage().replies });
  scene.calls[1]?.reply('both');
  await idle(scene.runs);
  await scene.runs.forget('1');
  await expect.poll(() => scene.calls.at(2)?.asked).toEqual(['question 2']);
});

test('a host whose answer waits was deleted between two processes: what joined it is asked', async () => {
  const store = createDurableStore();
  await store.admit(toRun(1, { ...one, joined: [joined(2)] }), { isAgain: false });
  await store.end('1', { outcome: { kind: 'answered', text: 'both' }, turn: null });
  const scene = createStepScene({
    store,
    missedChanges: ({ id }) => Promise.resolve(id === '1' ? [{ kind: 'gone', id }] : []),
  });
  await scene.runs.resume();
  await expect.poll(() => askedOf(scene)).toContain('question 2');
});

test('a question whose answer Discord refused is deleted: it leaves the memory', async () => {
  const replies = createReplies(() => Promise.resolve({ delivered: false, isRefused: true, messageIds: [] }));
  const scene = createStepScene({ replies });
  await scene.runs.submit(toRun(1, one));
  await expect.poll(() => scene.calls).toHaveLength(1);
  scene.calls[0]?.reply('secret');
  await expect.poll(() => remembered(scene)).toContain('question 1');
  await idle(scene.runs);
  await scene.runs.forget('1');
  await expect.poll(() => remembered(scene)).not.toContain('question 1');
});

test('a question is edited during the last try to deliver its answer: it is asked anew', async () => {
  const tries: PromiseWithResolvers<Delivery>[] = [];
  const replies = createReplies(() => {
    const attempt = Promise.withResolvers<Delivery>();
    tries.push(attempt);
    return attempt.promise;
  });
  const scene = createStepScene({ replies, redeliveryDelaysMs: [1] });
  await scene.runs.submit(toRun(1, one));
  await expect.poll(() => scene.calls).toHaveLength(1);
  scene.calls[0]?.reply('old');
  await expect.poll(() => tries).toHaveLength(1);
  tries[0]?.resolve({ delivered: false, messageIds: [] });
  await expect.poll(() => tries).toHaveLength(2);
  const editing = scene.runs.edit(editedRun(1, 'new'), Date.now());
  await sleep(5);
  tries[1]?.resolve({ delivered: false, messageIds: [] });
  expect(await editing).toBe(true);
  await expect.poll(() => scene.calls.at(1)?.asked).toEqual(['new']);
});

test('a joined question is deleted late, the memory away for a moment: its words leave the memory', async () => {
  const memory = createForgetfulMemory();
  let clock = Date.now();
  const scene = await createJoinedScene({ conversations: memory.conversations, now: () => clock });
  scene.calls[1]?.reply('both');
  await expect.poll(() => remembered(memory)).toContain('question 2');
  await idle(scene.runs);
  clock += 20 * 60_000;
  await scene.runs.forget('2').catch(() => undefined);
  await expect.poll(() => remembered(memory), owed).not.toContain('question 2');
  expect(memory.failures()).toBeGreaterThan(1);
}, 10_000);

test('a question is deleted while its answer waits, the memory away for a moment: it leaves the memory', async () => {
  const memory = createForgetfulMemory();
  const scene = createStepScene({
    conversations: memory.conversations,
    replies: createOutage().replies,
  });
  await scene.runs.submit(toRun(1, one));
  await expect.poll(() => scene.calls).toHaveLength(1);
  scene.calls[0]?.reply('secret');
  await expect.poll(() => remembered(memory)).toContain('question 1');
  await idle(scene.runs);
  await scene.runs.forget('1');
  await expect.poll(() => remembered(memory), owed).not.toContain('question 1');
  expect(memory.failures()).toBeGreaterThan(1);
}, 10_000);

test('an answer could not be kept: a question that joined it still leaves the memory when deleted', async () => {
  const kept = openMemoryStorage({ timeoutMs: 1_000 }).namespace('answers');
  let isAway = false;
  let failures = 0;
  const store = {
    ...readBy(kept, (key) => kept.get(key)),
    set(...given: Parameters<typeof kept.set>) {
      if (!isAway) return kept.set(...given);
      failures++;
      return away();
    },
  };
  const scene = await createJoinedScene({ answers: createAnswers({ log, store }) });
  isAway = true;
  scene.calls[1]?.reply('both');
  await expect.poll(() => remembered(scene)).toContain('question 2');
  await expect.poll(() => failures).toBeGreaterThan(0);
  await idle(scene.runs);
  isAway = false;
  await scene.runs.forget('2');
  await expect.poll(() => remembered(scene)).not.toContain('question 2');
});

test('what joined a host could not be written down before a kill: the next process asks it', async () => {
  const table = { ...createMemoryRunTable(), isDurable: true };
  let failuresLeft = 0;
  const store = createRunStore({
    log,
    retry: { minDelayMs: 60_000, maxDelayMs: 60_000 },
    table: {
      ...table,
      patch: (id, change) => (id === '1' && failuresLeft-- > 0 ? away() : table.patch(id, change)),
    },
  });
  await join(createStepScene({ store }), () => {
    failuresLeft = 1;
  });
  await expect.poll(() => failuresLeft).toBeLessThanOrEqual(0);
  const second = createStepScene({ store: createRunStore({ log, table }) });
  await second.runs.resume();
  await expect
    .poll(() => {
      for (const call of second.calls) call.reply('answer');
      return askedOf(second);
    })
    .toContain('question 2');
});

test('a question is stopped while the memory is read, the day used up: it is cancelled', async () => {
  const reading = Promise.withResolvers<[]>();
  const { conversations } = createStepScene();
  const scene = createStepScene({
    conversations: { ...conversations, load: () => reading.promise },
    quota: { reason: () => undefined, take: () => 'no more today' },
  });
  await scene.runs.submit(toRun(1, one));
  scene.runs.stop({}, 'requester');
  reading.resolve([]);
  await idle(scene.runs);
  const outcomes = scene.events.filter(({ what }) => what === 'finished').map(({ outcome }) => outcome);
  expect(outcomes).toEqual([expect.objectContaining({ kind: 'cancelled' })]);
});
