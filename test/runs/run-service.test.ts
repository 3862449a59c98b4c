import { describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import {
  createDurableStore,
  createGate,
  createHarness,
  openUntilIdle,
  outcomeOf,
  toRun,
} from './run-service-scene.ts';

test('a question is answered and remembered, with the ids of the messages that hold its text', async () => {
  const { runs, events, appended } = createHarness((question) => `answer to ${question}`);
  expect(await runs.submit(toRun(1))).toEqual({ kind: 'admitted', isPending: false });
  await runs.drain(1_000, 1_000);
  expect(outcomeOf(events, '1')).toEqual({ kind: 'answered', text: 'answer to question 1' });
  expect(appended[0]).toMatchObject({ runId: '1', messageIds: ['1', '900'] });
  expect(appended[0]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
});

test('FAULTS 2: a run that is already here is not taken twice', async () => {
  const gate = createGate();
  const { runs, events } = createHarness(gate.answer);
  await runs.submit(toRun(1));
  expect(await runs.submit(toRun(1))).toEqual({ kind: 'duplicate' });
  await sleep(1);
  gate.openAll();
  await runs.drain(1_000, 1_000);
  expect(events.filter(({ what }) => what === 'finished')).toHaveLength(1);
});

test('the memory is read and the model asked while the claim is being written, and nothing shown before', async () => {
  const claim = Promise.withResolvers<undefined>();
  const order: string[] = [];
  const store = createDurableStore();
  const { runs, events } = createHarness(
    () => {
      order.push('asked');
      return 'yes';
    },
    {
      store: {
        ...store,
        async admit(run, how) {
          await claim.promise;
          order.push('claimed');
          return store.admit(run, how);
        },
      },
      conversations: {
        load() {
          order.push('read');
          return Promise.resolve([]);
        },
        append: () => Promise.resolve(),
        reset: () => Promise.resolve(),
        removeTurn: () => Promise.resolve(),
        flush: () => Promise.resolve(),
      },
    },
  );
  const admission = runs.submit(toRun(1));
  await expect.poll(() => order).toEqual(['read', 'asked']);
  expect(events).toEqual([]);
  claim.resolve(undefined);
  await admission;
  await runs.drain(1_000, 1_000);
  expect(order).toEqual(['read', 'asked', 'claimed']);
  expect(outcomeOf(events, '1')).toMatchObject({ kind: 'answered' });
});

test('FAULTS 7: over the bound the person is told why, and when to try again', async () => {
  const gate = createGate();
  const limits = { maxConcurrent: 1, maxConcurrentPerUser: 1, maxPending: 2, maxPendingPerUser: 1 };
  const { runs, events } = createHarness(gate.answer, { limits });
  const other = { requester: { id: '2', name: 'Bob' } };
  const third = { requester: { id: '3', name: 'Cy' } };
  for (const run of [toRun(1), toRun(2), toRun(3), toRun(4, other), toRun(5, third)]) await runs.submit(run);
  await sleep(5);
  expect(events.filter(({ what }) => what === 'refused')).toEqual([
    { runId: '3', what: 'refused', text: expect.stringContaining('1 question waiting') as string },
    { runId: '5', what: 'refused', text: expect.stringContaining('in a minute') as string },
  ]);
  await runs.drain(0, 1_000);
  expect(runs.active + runs.pending).toBe(0);
});

describe('stop', () => {
  test('FAULTS 8: takes effect on active and waiting runs alike and frees the lanes', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    const sameConversation = { conversationId: 'one' };
    await runs.submit(toRun(1, sameConversation));
    await runs.submit(toRun(2, sameConversation));
    await sleep(1);
    expect(runs.list().map(({ state }) => state)).toEqual(['active', 'waiting']);
    expect(runs.stop({ userId: '1' }, 'moderator')).toBe(2);
    await runs.drain(1_000, 1_000);
    for (const id of ['1', '2']) {
      expect(outcomeOf(events, id)).toEqual({ kind: 'cancelled', text: '', by: 'moderator' });
    }
    expect(runs.active + runs.pending).toBe(0);
  });

  test('reaches only the runs that match', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1, { channelId: '10' }));
    await runs.submit(toRun(2, { channelId: '20' }));
    expect(runs.stop({ channelId: '20' }, 'requester')).toBe(1);
    await sleep(1);
    gate.openAll();
    await runs.drain(1_000, 1_000);
    expect(outcomeOf(events, '1')?.kind).toBe('answered');
    expect(outcomeOf(events, '2')?.kind).toBe('cancelled');
  });
});

test('FAULTS 27: past the grace period what is left is stopped, and nothing is taken any more', async () => {
  const gate = createGate();
  const { runs, events } = createHarness(gate.answer);
  await runs.submit(toRun(1));
  const drained = runs.drain(20, 1_000);
  await runs.submit(toRun(2));
  await drained;
  expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'shutdown' });
  expect(events.find(({ runId }) => runId === '2')?.what).toBe('refused');
});

test('FAULTS 28: an outage of the store is said once, and the question is answered', async () => {
  const unavailable = () => Promise.reject(new StoreUnavailableError('get', new Error('disk')));
  const { runs, events } = createHarness((question) => `answer to ${question}`, {
    conversations: {
      load: unavailable,
      append: unavailable,
      reset: unavailable,
      removeTurn: unavailable,
      flush: unavailable,
    },
  });
  for (const id of [1, 2]) await runs.submit(toRun(id, { conversationId: 'one' }));
  await runs.drain(1_000, 1_000);
  const [first, second] = ['1', '2'].map((id) => outcomeOf(events, id));
  expect(first).toMatchObject({ kind: 'answered', notice: expect.stringContaining('memory') as string });
  expect(second).toEqual({ kind: 'answered', text: 'answer to question 2' });
});

test('FAULTS 19: a write of memory that hangs or fails does not hold up a reply', async () => {
  const { runs, events } = createHarness((question) => `answer to ${question}`, {
    conversations: {
      load: () => Promise.resolve([]),
      append: () => new Promise<void>(() => undefined),
      reset: () => Promise.resolve(),
      removeTurn: () => Promise.resolve(),
      flush: () => Promise.resolve(),
    },
  });
  for (const id of [1, 2, 3]) await runs.submit(toRun(id, { conversationId: 'one' }));
  await runs.drain(1_000, 1_000);
  expect(events.filter(({ outcome }) => outcome?.kind === 'answered')).toHaveLength(3);
});

test('FAULTS 7: while the process is overloaded a question is refused before anything is done for it', async () => {
  let reason: string | undefined = 'Too much just now.';
  const { runs, events } = createHarness(() => 'yes', { overload: { reason: () => reason } });
  expect(await runs.submit(toRun(1))).toEqual({ kind: 'refused', reason: 'Too much just now.' });
  await expect.poll(() => events).toEqual([{ runId: '1', what: 'refused', text: 'Too much just now.' }]);
  reason = undefined;
  expect(await runs.submit(toRun(2))).toEqual({ kind: 'admitted', isPending: false });
});

test('a record that is not a run is refused with what is wrong', async () => {
  const { runs } = createHarness(() => '');
  await expect(runs.submit({ ...toRun(1), channelId: 'general' })).rejects.toThrow(/channelId/);
});

test('FAULTS 7: the reply that was opened for a question over the bound is ended, and shows no more than the refusal', async () => {
  const gate = createGate();
  const open = new Set<string>();
  const { runs } = createHarness(gate.answer, {
    limits: { maxConcurrent: 1, maxConcurrentPerUser: 1, maxPending: 2, maxPendingPerUser: 1 },
    replies: {
      open({ id }) {
        open.add(id);
        return {
          waiting: () => undefined,
          started: () => undefined,
          restart: () => undefined,
          suspend: () => open.delete(id),
          onEvent: () => undefined,
          finish() {
            open.delete(id);
            return Promise.resolve({ delivered: true, messageIds: [] });
          },
        };
      },
      refuse: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    },
  });
  const admissions: string[] = [];
  for (const [id, userId] of [
    [1, '1'],
    [2, '1'],
    [3, '1'],
    [4, '2'],
    [5, '3'],
  ] as const) {
    const { kind } = await runs.submit(toRun(id, { requester: { id: userId, name: 'Ann' } }));
    admissions.push(kind);
  }
  expect(admissions).toEqual(['admitted', 'admitted', 'refused', 'admitted', 'refused']);
  expect([...open]).toEqual(['1', '2', '4']);
  await openUntilIdle(runs, gate);
});
