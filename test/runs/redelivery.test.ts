import { expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import type { Reply, RunOutcome } from '../../src/runs/ports.ts';
import type { RunServiceOptions } from '../../src/runs/run-service.ts';
import type { Run } from '../../src/runs/run.ts';
import {
  createDurableStore,
  createHarness,
  createOutage,
  idle,
  outcomeOf,
  toRun,
} from './run-service-scene.ts';

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

/** Discord is away, then back; with what is shown from then on, and how often. */
function createPassingOutage() {
  const finished: RunOutcome[] = [];
  const opened: (readonly string[] | undefined)[] = [];
  let isDown = true;
  const replies: RunServiceOptions['replies'] = {
    open: (_run, options) => ({
      waiting: () => undefined,
      started: () => undefined,
      restart: () => undefined,
      suspend: () => undefined,
      onEvent: () => undefined,
      finish(outcome) {
        opened.push(options?.standing);
        if (isDown) return Promise.resolve({ delivered: false, messageIds: ['900'] });
        finished.push(outcome);
        return Promise.resolve({ delivered: true, messageIds: ['900'] });
      },
    }),
    refuse: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  };
  return {
    ...{ replies, finished, opened },
    end() {
      isDown = false;
    },
  };
}

const toEdited = (text: string): Run => toRun(1, { prompt: { text, quotes: [], attachments: [] } });

test.each([
  ['waits for its next try', [60_000]],
  ['is left to the next start', []],
])(
  'FAULTS 10, 22: edited while its answer %s, the new text is answered, over what stands there',
  async (_when, redeliveryDelaysMs) => {
    const outage = createPassingOutage();
    const store = createDurableStore();
    const { runs, events } = createHarness((question) => `answer to ${question}`, {
      ...{ store, replies: outage.replies, redeliveryDelaysMs },
    });
    await runs.submit(toRun(1));
    await idle(runs);
    await expect.poll(() => outage.opened.length).toBe(1);
    outage.end();
    expect(await runs.edit(toEdited('the new text'), Date.now())).toBe(true);
    await expect.poll(() => outage.finished).toEqual([{ kind: 'answered', text: 'answer to the new text' }]);
    expect(outage.opened.at(-1)).toEqual(['900']);
    await expect.poll(() => store.list()).toEqual([]);
    expect(events).toEqual([]);
  },
);

test('FAULTS 10, 22: deleted after the last try, an answer is not delivered by the next start, and leaves the memory', async () => {
  const store = createDurableStore();
  const removed: string[] = [];
  const { runs } = createHarness((question) => `answer to ${question}`, {
    ...{ store, ...createOutage(), redeliveryDelaysMs: [] },
    conversations: {
      load: () => Promise.resolve([]),
      append: () => Promise.resolve(),
      reset: () => Promise.resolve(),
      removeTurn(_conversationId, runId) {
        removed.push(runId);
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
    },
  });
  await runs.submit(toRun(1));
  await idle(runs);
  expect(await store.list()).toHaveLength(1);
  expect(await runs.forget('1')).toBe(true);
  await expect.poll(() => store.list()).toEqual([]);
  expect(removed).toEqual(['1']);
});

test('FAULTS 23: an answer that was not let in is delivered when its door opens, and ends where it does not', async () => {
  for (const isOpen of [true, false]) {
    const waiting: ((isOpen: boolean) => void)[] = [];
    const store = createDurableStore();
    const outage = createPassingOutage();
    const { runs } = createHarness((question) => `answer to ${question}`, {
      store,
      doors: {
        isClosed: () => false,
        awaitOpening(_run, then) {
          waiting.push(then);
          return () => undefined;
        },
      },
      replies: {
        ...outage.replies,
        open(run, options) {
          const reply = outage.replies.open(run, options);
          return {
            ...reply,
            async finish(outcome) {
              const delivery = await reply.finish(outcome);
              return delivery.delivered ? delivery : { ...delivery, isClosed: true };
            },
          };
        },
      },
    });
    await runs.submit(toRun(1));
    await idle(runs);
    expect(waiting).toHaveLength(1);
    expect(await store.list()).toHaveLength(1);
    if (isOpen) outage.end();
    waiting[0]?.(isOpen);
    await expect.poll(() => store.list()).toEqual([]);
    expect(outage.finished).toHaveLength(isOpen ? 1 : 0);
  }
});

test('FAULTS 23: where the bot may not speak a question costs no answer of the model, and has one recorded end', async () => {
  const asked: string[] = [];
  let isClosed = true;
  const { runs, events } = createHarness(
    (question) => {
      asked.push(question);
      return 'yes';
    },
    {
      store: createDurableStore(),
      limits: { maxConcurrent: 1, maxConcurrentPerUser: 1, maxPending: 5, maxPendingPerUser: 5 },
      doors: { isClosed: () => isClosed, awaitOpening: () => () => undefined },
    },
  );
  expect(await runs.submit(toRun(1))).toMatchObject({ kind: 'refused' });
  await expect.poll(() => events.map(({ what }) => what)).toEqual(['refused']);
  isClosed = false;
  expect(await runs.submit(toRun(1))).toEqual({ kind: 'duplicate' });
  // The second of these was taken before the door was closed.
  await Promise.all([runs.submit(toRun(2)), runs.submit(toRun(3))]);
  isClosed = true;
  await idle(runs);
  expect(asked).toEqual(['question 2']);
  expect(outcomeOf(events, '3')).toMatchObject({
    kind: 'failed',
    notice: expect.stringContaining('ask again') as string,
  });
});
