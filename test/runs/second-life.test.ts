import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import { createAnswers } from '../../src/runs/answers.ts';
import type { MissedChange } from '../../src/runs/ports.ts';
import type { Run } from '../../src/runs/run.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import {
  createDurableStore,
  createGate,
  createHarness,
  createOutage,
  idle,
  openUntilIdle,
  outcomeOf,
  toRun,
} from './run-service-scene.ts';
import { createStepScene } from './step-scene.ts';

const log = pino({ level: 'silent' });
const one = { conversationId: 'one' };
const toEdited = (id: number, text: string, more: Partial<Run> = {}): Run =>
  toRun(id, { ...more, prompt: { text, quotes: [], attachments: [] } });
const now = (): number => Date.now();

/** A claim that is written when the test says so. */
function createSlowClaims() {
  const table = createMemoryRunTable();
  const written = Promise.withResolvers<undefined>();
  const store = createRunStore({
    log,
    table: {
      ...table,
      isDurable: true,
      async admit(run) {
        await written.promise;
        return table.admit(run);
      },
    },
  });
  return { store, table, written };
}

describe('an answer that was made once more', () => {
  const retried = async () => {
    const scene = createStepScene();
    await scene.runs.submit(toRun(1, one));
    for (const text of ['first', 'second']) {
      await expect.poll(() => scene.calls.at(-1)?.signal.aborted).toBe(false);
      scene.calls.at(-1)?.reply(text);
      await idle(scene.runs);
      if (text === 'first') await scene.runs.retry('1', { createdAt: now() });
    }
    return scene;
  };
  const remembered = async ({ conversations }: ReturnType<typeof createStepScene>) =>
    JSON.stringify(await conversations.load('one'));

  test('is remembered in place of the first, which it did not see', async () => {
    const scene = await retried();
    expect(scene.calls[1]?.asked).toEqual(['question 1']);
    expect(await remembered(scene)).toContain('second');
    expect(await remembered(scene)).not.toContain('first');
  });

  test('follows an edit of its question', async () => {
    const scene = await retried();
    expect(await scene.runs.edit(toEdited(1, 'coffee', one), now())).toBe(true);
    await expect.poll(() => scene.calls[2]?.asked).toEqual(['coffee']);
  });

  test('goes with its question, from the channel and the memory', async () => {
    const scene = await retried();
    expect(await scene.runs.forget('1')).toBe(true);
    expect(scene.events.at(-1)).toEqual({ runId: '1', what: 'removed', text: '900' });
    expect(await remembered(scene)).toBe('[]');
  });

  test('refused, it costs neither the turn nor the buttons', async () => {
    const limits = { maxConcurrent: 64, maxConcurrentPerUser: 1, maxPending: 10, maxPendingPerUser: 0 };
    const scene = createStepScene({ limits });
    await scene.runs.submit(toRun(1, one));
    await expect.poll(() => scene.calls).toHaveLength(1);
    scene.calls[0]?.reply('first');
    await idle(scene.runs);
    await scene.runs.submit(toRun(2, { conversationId: 'two' }));
    expect(await scene.runs.retry('1', { createdAt: now() })).toMatchObject({ kind: 'refused' });
    expect(await remembered(scene)).toContain('first');
    expect(await scene.runs.find('1')).toBeDefined();
  });

  test('killed before it is durable, the first one stands with its turn and its buttons', async () => {
    const storage = openMemoryStorage({ timeoutMs: 1_000 });
    const table = createMemoryRunTable();
    let isDead = false;
    const store = createRunStore({
      log,
      table: { ...table, admit: (run) => (isDead ? new Promise(() => undefined) : table.admit(run)) },
    });
    const answers = () => createAnswers({ store: storage.namespace('answers'), log });
    const removed: string[] = [];
    const conversations = {
      load: () => Promise.resolve([]),
      append: () => Promise.resolve(),
      reset: () => Promise.resolve(),
      removeTurn: (_: string, runId: string) => Promise.resolve(void removed.push(runId)),
      flush: () => Promise.resolve(),
    };
    const first = createHarness(() => 'yes', { store, answers: answers(), conversations });
    await first.runs.submit(toRun(1));
    await idle(first.runs);
    isDead = true;
    first.runs.retry('1', { createdAt: now() }).catch(() => undefined);
    await sleep(5);
    expect(removed).toEqual([]);
    const next = createHarness(() => 'yes', { answers: answers(), conversations });
    expect(await next.runs.find('1')).toMatchObject({ id: '1', replaces: null });
  });
});

describe('an update that changes no text, as a link preview brings it', () => {
  test('leaves the run at work alone', async () => {
    const scene = createStepScene();
    await scene.runs.submit(toRun(1));
    await expect.poll(() => scene.calls).toHaveLength(1);
    expect(await scene.runs.edit(toRun(1), now())).toBe(true);
    await sleep(5);
    expect(scene.calls).toHaveLength(1);
    expect(scene.calls[0]?.signal.aborted).toBe(false);
    await scene.runs.drain(0, 100);
  });

  test('FAULTS 2: leaves the answer alone, and so does an edit that comes twice', async () => {
    const { runs, events } = createHarness((question) => `answer to ${question}`);
    await runs.submit(toRun(1));
    await idle(runs);
    for (const text of ['question 1', 'coffee', 'coffee']) {
      expect(await runs.edit(toEdited(1, text), now())).toBe(true);
      await idle(runs);
    }
    expect(events.filter(({ what }) => what === 'finished')).toHaveLength(2);
  });
});

describe('while the claim on a question is being written', () => {
  test('FAULTS 8: Stop holds although it was edited before', async () => {
    const { store, written } = createSlowClaims();
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer, { store });
    const submitted = runs.submit(toRun(1));
    expect(await runs.edit(toEdited(1, 'new'), now())).toBe(true);
    expect(runs.stop({ runId: '1' }, 'requester')).toBe(1);
    written.resolve(undefined);
    await submitted;
    await idle(runs);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'requester' });
  });

  test('nothing is shown and no tool acts', async () => {
    const { store, written } = createSlowClaims();
    const scene = createStepScene({ store });
    const submitted = scene.runs.submit(toRun(1));
    await expect.poll(() => scene.calls).toHaveLength(1);
    scene.calls[0]?.reply();
    await sleep(5);
    expect(scene.events).toEqual([]);
    expect(scene.calls).toHaveLength(1);
    written.resolve(undefined);
    await submitted;
    await expect.poll(() => scene.calls).toHaveLength(2);
    expect(scene.events).toEqual([{ runId: '1', what: 'started' }]);
    await scene.runs.drain(0, 100);
  });

  test('FAULTS 2: a message that was taken before is not written anew by its edit, nor shown', async () => {
    const { store, table, written } = createSlowClaims();
    await table.admit({ id: '1', cursors: [], createdAt: 0, isAgain: false, record: '{}' });
    await table.patch('1', { ending: '{}' });
    await table.retire('1');
    const scene = createStepScene({ store });
    const submitted = scene.runs.submit(toRun(1));
    expect(await scene.runs.edit(toEdited(1, 'new'), now())).toBe(true);
    written.resolve(undefined);
    expect(await submitted).toEqual({ kind: 'duplicate' });
    await idle(scene.runs);
    expect(await table.list()).toEqual([]);
    expect(scene.calls.every(({ signal }) => signal.aborted)).toBe(true);
    expect(scene.events).toEqual([{ runId: '1', what: 'suspended' }]);
  });
});

describe('interrupt', () => {
  test('is taken however many wait, since it takes the place of what it stops', async () => {
    const gate = createGate();
    const limits = { maxConcurrent: 1, maxConcurrentPerUser: 1, maxPending: 1, maxPendingPerUser: 5 };
    const { runs, events } = createHarness(gate.answer, { limits });
    await runs.submit(toRun(1, one));
    await runs.submit(toRun(2, { requester: { id: '2', name: 'Bob' } }));
    expect(await runs.submit(toRun(3, one), { whileRunning: 'interrupt' })).toMatchObject({
      kind: 'admitted',
      interrupts: true,
    });
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '3')).toMatchObject({ kind: 'answered' });
  });

  test('FAULTS 2: by a message that was taken before, it stops nothing', async () => {
    const store = createDurableStore();
    await store.admit(toRun(9), { isAgain: false });
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer, { store });
    await runs.submit(toRun(1, one));
    await sleep(1);
    const again = await runs.submit(toRun(9, one), { whileRunning: 'interrupt' });
    expect(again).toEqual({ kind: 'duplicate' });
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '1')).toMatchObject({ kind: 'answered' });
  });
});

describe('what changed while no process was here', () => {
  const resume = async (store: ReturnType<typeof createDurableStore>, missed: readonly MissedChange[]) => {
    const next = createHarness((question) => `answer to ${question}`, {
      store,
      missedChanges: () => Promise.resolve(missed),
    });
    await next.runs.resume();
    await idle(next.runs);
    return next;
  };

  test('a deleted question is not answered, and nothing of it is kept', async () => {
    const store = createDurableStore();
    await store.admit(toRun(1), { isAgain: false });
    const { events, appended } = await resume(store, [{ kind: 'gone', id: '1' }]);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'deleted' });
    expect(appended).toEqual([]);
    await expect.poll(() => store.list()).toEqual([]);
  });

  test('an edited question is answered with its new text only', async () => {
    const store = createDurableStore();
    await store.admit(toRun(1), { isAgain: false });
    const edited = { kind: 'edited', run: toEdited(1, 'new'), editedAt: now() } as const;
    const { events } = await resume(store, [edited]);
    expect(events.filter(({ what }) => what === 'finished')).toEqual([
      { runId: '1', what: 'finished', outcome: { kind: 'answered', text: 'answer to new' } },
    ]);
  });

  test('what had joined it was edited or deleted: the run begins again with what is asked now', async () => {
    const toJoined = (id: number) => ({ id: String(id), createdAt: 1, prompt: toRun(id).prompt });
    const store = createDurableStore();
    await store.admit(toRun(1, { joined: [toJoined(2), toJoined(3)] }), { isAgain: false });
    const asked: string[] = [];
    const edited = { kind: 'edited', run: toEdited(2, 'new'), editedAt: now() } as const;
    const next = createHarness(() => 'yes', {
      store,
      missedChanges: () => Promise.resolve([edited, { kind: 'gone', id: '3' }]),
      toQuestion: (run, _, view) => {
        if (view === 'model') asked.push(run.prompt.text);
        return { role: 'user', content: run.prompt.text };
      },
    });
    await next.runs.resume();
    await idle(next.runs);
    expect(new Set(asked)).toEqual(new Set(['new']));
    expect(next.appended).toMatchObject([{ messageIds: ['1', '2', '900'] }]);
  });

  test('an answer that was not delivered is not shown where its question is gone', async () => {
    const store = createDurableStore();
    const first = createHarness(() => 'the answer', {
      store,
      ...createOutage(),
      redeliveryDelaysMs: [60_000],
    });
    await first.runs.submit(toRun(1));
    await idle(first.runs);
    const { events } = await resume(store, [{ kind: 'gone', id: '1' }]);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'deleted' });
    await expect.poll(() => store.list()).toEqual([]);
  });

  test('a run goes on as it was where Discord cannot be asked', async () => {
    const store = createDurableStore();
    await store.admit(toRun(1), { isAgain: false });
    const next = createHarness((question) => `answer to ${question}`, {
      store,
      missedChanges: () => Promise.reject(new Error('away')),
    });
    await next.runs.resume();
    await idle(next.runs);
    expect(outcomeOf(next.events, '1')).toMatchObject({ text: 'answer to question 1' });
  });
});

test('FAULTS 28: a question that is deleted while the store is away is forgotten when it is back', async () => {
  let isAway = false;
  const storage = openMemoryStorage({ timeoutMs: 1_000 });
  const store = storage.namespace('answers');
  const answers = createAnswers({ store, log });
  const removed: string[] = [];
  const { runs } = createHarness(() => 'yes', {
    answers: {
      ...answers,
      find: (id) =>
        isAway ? Promise.reject(new StoreUnavailableError('test', new Error())) : answers.find(id),
    },
    conversations: {
      load: () => Promise.resolve([]),
      append: () => Promise.resolve(),
      reset: () => Promise.resolve(),
      removeTurn: (_, runId) => Promise.resolve(void removed.push(runId)),
      flush: () => Promise.resolve(),
    },
  });
  await runs.submit(toRun(1));
  await idle(runs);
  isAway = true;
  expect(await runs.forget('1')).toBe(true);
  expect(removed).toEqual([]);
  isAway = false;
  await runs.drain(0, 1_000);
  expect(removed).toEqual(['1']);
});

test('a question that does not ask any more is withdrawn while it waits or is at work; its answer stays', async () => {
  const gate = createGate();
  const { runs, events } = createHarness(gate.answer);
  await runs.submit(toRun(1));
  expect(await runs.withdraw('1')).toBe(true);
  expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'deleted' });
  await runs.submit(toRun(2));
  await openUntilIdle(runs, gate);
  expect(await runs.withdraw('2')).toBe(false);
  expect(events.some(({ what }) => what === 'removed')).toBe(false);
});

test('FAULTS 22: a refusal is told when Discord is back', async () => {
  const store = createDurableStore();
  const tries: (boolean | undefined)[] = [];
  const { runs } = createHarness(() => 'yes', {
    store,
    overload: { reason: () => 'Too much just now.' },
    refusalDelaysMs: [1, 1],
    replies: {
      ...createOutage().replies,
      refuse(_run, _reason, isAgain) {
        tries.push(isAgain);
        return tries.length < 3 ? Promise.reject(new Error('away')) : Promise.resolve();
      },
    },
  });
  await runs.submit(toRun(1));
  await expect.poll(() => store.list()).toEqual([]);
  expect(tries).toEqual([false, true, true]);
});

test('what is deleted while the quotes of another question are read is not remembered for it', async () => {
  const read = Promise.withResolvers<undefined>();
  const isReading = Promise.withResolvers<undefined>();
  const scene = createStepScene({
    async completeQuotes(run, turns) {
      if (run.prompt.quotes.length === 0) return run;
      expect(JSON.stringify(turns)).toContain('question 1');
      isReading.resolve(undefined);
      await read.promise;
      return run;
    },
  });
  await scene.runs.submit(toRun(1, one));
  await expect.poll(() => scene.calls).toHaveLength(1);
  scene.calls[0]?.reply('first');
  await idle(scene.runs);
  const quote = { messageId: '9', authorName: 'Bob', isBot: false, text: 'said', attachments: [] };
  const quoting = { text: 'question 2', quotes: [quote], attachments: [] };
  await scene.runs.submit(toRun(2, { ...one, prompt: quoting }));
  await isReading.promise;
  await scene.runs.forget('1');
  read.resolve(undefined);
  await expect.poll(() => scene.calls).toHaveLength(2);
  expect(scene.calls[1]?.asked).toEqual(['question 2']);
  scene.calls[1]?.reply('second');
  await idle(scene.runs);
});

test('an answer is made once more when the process ends: its earlier words are in no memory of the next', async () => {
  const store = createDurableStore();
  const first = createStepScene({ store });
  await first.runs.submit(toRun(1, one));
  await expect.poll(() => first.calls).toHaveLength(1);
  first.calls[0]?.reply('first');
  await idle(first.runs);
  // It died before the earlier turn was taken out.
  await store.admit(toRun(1, { ...one, createdAt: now(), replaces: { runId: '1', messageIds: ['5'] } }), {
    isAgain: true,
  });
  const { conversations } = first;
  expect(JSON.stringify(await conversations.load('one'))).toContain('first');
  const second = createStepScene({ store, conversations });
  await second.runs.resume();
  await expect.poll(async () => JSON.stringify(await conversations.load('one'))).not.toContain('first');
  await expect.poll(() => second.calls).toHaveLength(1);
  second.calls[0]?.reply('second');
  await idle(second.runs);
  expect(JSON.stringify(await conversations.load('one'))).toContain('second');
});
