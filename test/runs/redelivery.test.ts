import { expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import type { Reply, RunOutcome } from '../../src/runs/ports.ts';
import { createDurableStore, createHarness, createOutage, idle, toRun } from './run-service-scene.ts';

test('FAULTS 22: an answer that could not be delivered is delivered when Discord is back', async () => {
  const store = createDurableStore();
  let isDown = true;
  const finished: RunOutcome[] = [];
  const reply: Reply = {
    waiting: () => undefined,
    started: () => undefined,
    restart: () => undefined,
    suspend: () => undefined,
    onEvent: () => undefined,
    finish(outcome) {
      if (!isDown) finished.push(outcome);
      return Promise.resolve({ delivered: !isDown, messageIds: isDown ? [] : ['900'] });
    },
  };
  const replies = { open: () => reply, refuse: () => Promise.resolve(), remove: () => Promise.resolve() };
  const { runs } = createHarness((question) => `answer to ${question}`, {
    store,
    replies,
    redeliveryDelaysMs: [5, 5, 5],
  });
  await runs.submit(toRun(1));
  await idle(runs);
  await sleep(8);
  isDown = false;
  await expect.poll(() => finished).toEqual([{ kind: 'answered', text: 'answer to question 1' }]);
  await expect.poll(() => store.list()).toEqual([]);
});

test('FAULTS 22: an undelivered answer comes before that to the next question, which knows of it', async () => {
  const store = createDurableStore();
  const first = createHarness((question) => `answer to ${question}`, { store, ...createOutage() });
  await first.runs.submit(toRun(1, { conversationId: 'one' }));
  await idle(first.runs);
  await first.runs.drain(1_000, 1_000);

  const known: string[][] = [];
  const second = createHarness((question) => `answer to ${question}`, {
    store,
    toPrompt(run, { turns }) {
      known.push(turns.map(({ runId }) => runId));
      return [{ role: 'user', content: run.prompt.text }];
    },
  });
  await second.runs.resume();
  await second.runs.submit(toRun(2, { conversationId: 'one' }));
  await idle(second.runs);
  const finished = second.events.filter(({ what }) => what === 'finished').map(({ runId }) => runId);
  expect(finished).toEqual(['1', '2']);
  expect(known).toEqual([['1']]);
  await second.runs.drain(1_000, 1_000);
  expect(await store.list()).toEqual([]);
});

test('the next question of a conversation knows of the last, however slow the store is', async () => {
  const store = createDurableStore();
  const known: number[] = [];
  const { runs } = createHarness((question) => `answer to ${question}`, {
    store: { ...store, markDelivered: () => sleep(20) },
    toPrompt(run, { turns }) {
      known.push(turns.length);
      return [{ role: 'user', content: run.prompt.text }];
    },
  });
  for (const id of [1, 2]) await runs.submit(toRun(id, { conversationId: 'one' }));
  await idle(runs);
  expect(known).toEqual([0, 1]);
});

test('while Discord is out of reach, an answer is remembered, and goes with its question', async () => {
  const store = createDurableStore();
  const outage = createOutage();
  const { runs, appended, events } = createHarness((question) => `answer to ${question}`, {
    store,
    ...outage,
    redeliveryDelaysMs: [60_000],
  });
  await runs.submit(toRun(1));
  await idle(runs);
  expect(appended.map(({ runId }) => runId)).toEqual(['1']);
  expect(await runs.forget('1')).toBe(true);
  await expect.poll(() => store.list()).toEqual([]);
  expect(outage.tries).toEqual(['1']);
  expect(events).toEqual([]);
});
