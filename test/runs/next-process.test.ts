import { expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import type { ModelReply } from '../../src/model/ports.ts';
import type { RunServiceOptions } from '../../src/runs/run-service.ts';
import {
  createDurableStore,
  createGate,
  createHarness,
  createOutage,
  idle,
  LIMITS,
  openUntilIdle,
  outcomeOf,
  toRun,
} from './run-service-scene.ts';

test('FAULTS 27: what did not end in time is suspended without a word, and ends once in the next process', async () => {
  const store = createDurableStore();
  const gate = createGate();
  const first = createHarness(gate.answer, { store });
  for (const id of [1, 2]) await first.runs.submit(toRun(id, { conversationId: 'one' }));
  await sleep(1);
  await first.runs.drain(5, 1_000);
  expect(first.events.filter(({ what }) => what === 'finished')).toEqual([]);
  expect(first.events.filter(({ what }) => what === 'suspended')).toHaveLength(2);

  const second = createHarness((question) => `answer to ${question}`, { store });
  await second.runs.resume();
  await idle(second.runs);
  expect(second.events.filter(({ what }) => what === 'finished').map(({ runId }) => runId)).toEqual([
    '1',
    '2',
  ]);
  await second.runs.drain(1_000, 1_000);
  expect(await store.list()).toEqual([]);
});

test('FAULTS 27: a run at which processes die again and again ends in an honest notice', async () => {
  const store = createDurableStore();
  await store.admit(toRun(1), { isAgain: false });
  for (let n = 0; n < 3; n++) await store.begin('1');
  const { runs, events } = createHarness(() => 'never');
  const next = createHarness(() => 'never', { store });
  await next.runs.resume();
  await idle(next.runs);
  await next.runs.drain(1_000, 1_000);
  expect(outcomeOf(next.events, '1')).toMatchObject({ kind: 'failed' });
  expect(await store.list()).toEqual([]);
  expect(runs.list().length + events.length).toBe(0);
});

test('FAULTS 10: edited while it waits to go on, nothing of the earlier question is left of it', async () => {
  const store = createDurableStore();
  await store.admit(toRun(1, { conversationId: 'one' }), { isAgain: false });
  await store.admit(toRun(2, { conversationId: 'one' }), { isAgain: false });
  const reply = {
    text: 'of the old one, ',
    toolCalls: [],
    finishReason: 'stop',
    model: 'scripted',
  } as const;
  await store.saveStep('2', 0, { reply, results: [] });
  const gate = createGate();
  const { runs, events } = createHarness(gate.answer, { store });
  await runs.resume();
  await sleep(1);
  const prompt = { text: 'the new text', quotes: [], attachments: [] };
  expect(await runs.edit(toRun(2, { conversationId: 'one', prompt }), Date.now())).toBe(true);
  const stored = (await store.list()).find(({ run }) => run.id === '2');
  expect(stored).toMatchObject({ run: { prompt }, steps: [] });
  await openUntilIdle(runs, gate);
  expect(outcomeOf(events, '2')).toEqual({ kind: 'answered', text: 'answer to the new text' });
});

test('FAULTS 27: what this process took and ended while it looked for what was left is ended once', async () => {
  const store = createDurableStore();
  const { runs, events } = createHarness((question) => `answer to ${question}`, {
    store: {
      ...store,
      async list() {
        await runs.submit(toRun(1));
        const listed = await store.list();
        await idle(runs);
        return listed;
      },
    },
  });
  await runs.resume();
  await idle(runs);
  expect(events.filter(({ what }) => what === 'finished')).toHaveLength(1);
});

test('FAULTS 27: runs that waited when processes died are not given up for it', async () => {
  const store = createDurableStore();
  for (const id of [1, 2]) await store.admit(toRun(id, { conversationId: 'one' }), { isAgain: false });
  for (let n = 0; n < 3; n += 1) {
    const { runs } = createHarness(() => new Promise(() => undefined), { store });
    await runs.resume();
    await sleep(1);
  }
  const last = createHarness((question) => `answer to ${question}`, { store });
  await last.runs.resume();
  await idle(last.runs);
  expect(outcomeOf(last.events, '1')).toMatchObject({ kind: 'failed' });
  expect(outcomeOf(last.events, '2')).toMatchObject({ kind: 'answered' });
});

test('FAULTS 2, 7: what was refused, or answered, gets no second outcome when it comes again', async () => {
  const store = createDurableStore();
  const limits = { maxConcurrent: 1, maxConcurrentPerUser: 1, maxPending: 1, maxPendingPerUser: 1 };
  const gate = createGate();
  const first = createHarness(gate.answer, { store, limits });
  for (const id of [1, 2, 3]) await first.runs.submit(toRun(id, { conversationId: 'one' }));
  await openUntilIdle(first.runs, gate);
  await first.runs.drain(1_000, 1_000);
  expect(await store.list()).toEqual([]);

  const second = createHarness(gate.answer, { store, limits });
  await second.runs.submit(toRun(4, { conversationId: 'one' }));
  for (const id of [1, 2, 3]) {
    expect(await second.runs.submit(toRun(id, { conversationId: 'one' }))).toEqual({ kind: 'duplicate' });
  }
  // None of them kept the place of the one that waits.
  await second.runs.submit(toRun(5, { conversationId: 'one' }));
  expect(second.events.filter(({ runId, what }) => runId < '4' && what !== 'waiting')).toEqual(
    ['1', '2', '3'].map((runId) => ({ runId, what: 'suspended' })),
  );
  expect(await second.runs.submit(toRun(3))).toMatchObject({ kind: 'refused' });
  await openUntilIdle(second.runs, gate);
  await second.runs.drain(1_000, 1_000);
  expect(second.events.filter(({ what }) => what === 'refused')).toEqual([]);
  expect(second.events.filter(({ what }) => what === 'finished').map(({ runId }) => runId)).toEqual([
    '4',
    '5',
  ]);
});

test('FAULTS 7: killed as it refuses, the next process tells the refusal in the same way', async () => {
  const store = createDurableStore();
  const refused: string[] = [];
  const overload = { reason: () => 'Too much just now.' };
  const replies = (isKilled: boolean): RunServiceOptions['replies'] => ({
    ...createOutage().replies,
    refuse(run, reason) {
      refused.push(`${run.id}: ${reason}`);
      return isKilled ? new Promise(() => undefined) : Promise.resolve();
    },
  });
  const first = createHarness(() => 'yes', { store, overload, replies: replies(true) });
  await first.runs.submit(toRun(1));
  await expect.poll(() => refused).toHaveLength(1);
  const second = createHarness(() => 'yes', { store, replies: replies(false) });
  await second.runs.resume();
  await expect.poll(() => store.list()).toEqual([]);
  expect(refused).toEqual(['1: Too much just now.', '1: Too much just now.']);
  expect(second.events).toEqual([]);
});

test('steer: what joined a run is answered with it, also after a crash before its step is written down', async () => {
  const store = createDurableStore();
  const steps = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let calls = 0;
  const toolCalls = [{ id: 'a', name: 'none', arguments: '{}' }];
  const { runs } = createHarness(() => 'never', {
    store,
    agent: {
      tools: [],
      limits: LIMITS,
      model: {
        countTokens: (text) => text.length,
        async complete(): Promise<ModelReply> {
          await (steps[calls++]?.promise ?? new Promise(() => undefined));
          return { text: '', toolCalls, finishReason: 'tool-calls', model: 'scripted' };
        },
      },
    },
  });
  await runs.submit(toRun(1, { conversationId: 'one' }));
  await sleep(1);
  await runs.submit(toRun(2, { conversationId: 'one' }), { whileRunning: 'steer' });
  expect((await store.list()).map(({ run }) => run.id)).toEqual(['1', '2']);
  steps[0]?.resolve(undefined);
  await expect.poll(async () => (await store.list()).map(({ run }) => run.id)).toEqual(['1']);

  const asked: string[] = [];
  const next = createHarness(
    (question) => {
      asked.push(question);
      return 'both';
    },
    { store },
  );
  await next.runs.resume();
  await idle(next.runs);
  expect(asked).toEqual(['question 2']);
  expect(next.appended).toMatchObject([{ runId: '1', messageIds: ['1', '2', '900'] }]);
});

test('FAULTS 2: a message that an earlier process answered is not answered again', async () => {
  const store = createDurableStore();
  const first = createHarness((question) => `answer to ${question}`, { store });
  await first.runs.submit(toRun(1));
  await idle(first.runs);
  const second = createHarness(() => 'again', { store });
  expect(await second.runs.submit(toRun(1))).toEqual({ kind: 'duplicate' });
  await idle(second.runs);
  expect(second.events).toEqual([{ runId: '1', what: 'suspended' }]);
});
