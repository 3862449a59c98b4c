import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import type { ChatMessage } from '../../src/memory/chat-message.ts';
import type { Turn } from '../../src/memory/ports.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import type { ModelReply } from '../../src/model/ports.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import { createAnswers } from '../../src/runs/answers.ts';
import type { Reply, RunOutcome } from '../../src/runs/ports.ts';
import type { Run } from '../../src/runs/run.ts';
import { createRunService, type RunService, type RunServiceOptions } from '../../src/runs/run-service.ts';

const outcomeOf = (events: readonly Event[], runId: string): RunOutcome | undefined =>
  events.find((event) => event.runId === runId && event.outcome)?.outcome;

interface Event {
  readonly runId: string;
  readonly what: 'waiting' | 'started' | 'finished' | 'refused' | 'removed' | 'suspended';
  readonly outcome?: RunOutcome;
  readonly text?: string;
}

const LIMITS = {
  maxSteps: 3,
  maxParallelToolCalls: 3,
  toolTimeoutMs: 1_000,
  stepTimeoutMs: 5_000,
  runTimeoutMs: 5_000,
  maxInputTokens: 10_000,
};

type Answer = (question: string, signal: AbortSignal) => Promise<string> | string;

function createHarness(answer: Answer, overrides: Partial<RunServiceOptions> = {}) {
  const events: Event[] = [];
  const appended: Turn[] = [];
  const log = pino({ level: 'silent' });
  const storage = openMemoryStorage({ timeoutMs: 1_000 });
  const reply = (runId: string): Reply => ({
    waiting: () => events.push({ runId, what: 'waiting' }),
    started: () => events.push({ runId, what: 'started' }),
    restart: () => undefined,
    suspend: () => events.push({ runId, what: 'suspended' }),
    onEvent: () => undefined,
    finish(outcome) {
      events.push({ runId, what: 'finished', outcome });
      return Promise.resolve({ delivered: true, messageIds: ['900'] });
    },
  });
  const runs = createRunService({
    agent: {
      model: {
        countTokens: (text) => text.length,
        async complete({ messages }, onText, signal): Promise<ModelReply> {
          const question = messages.at(-1)?.content;
          const text = await answer(typeof question === 'string' ? question : '', signal);
          onText(text);
          return { text, toolCalls: [], finishReason: 'stop', model: 'scripted' };
        },
      },
      tools: [],
      limits: LIMITS,
    },
    services: {
      facts: {
        recall: () => Promise.resolve([]),
        list: () => Promise.resolve([]),
        forget: () => Promise.resolve(0),
        remember: () => Promise.reject(new Error('not used')),
      },
      channels: { recentMessages: () => Promise.resolve([]) },
      now: Date.now,
      random: Math.random,
    },
    conversations: {
      load: () => Promise.resolve(appended),
      append(_conversationId, turn) {
        appended.push(turn);
        return Promise.resolve();
      },
      reset: () => Promise.resolve(),
      removeTurn: () => Promise.resolve(),
      flush: () => Promise.resolve(),
    },
    toPrompt: (run): ChatMessage[] => [{ role: 'user', content: run.prompt.text }],
    toQuestion: (run): ChatMessage => ({ role: 'user', content: run.prompt.text }),
    completeQuotes: (run) => Promise.resolve(run),
    readAttachments: () => Promise.resolve(new Map()),
    answers: createAnswers({ store: storage.namespace('answers'), log }),
    store: createRunStore({ table: storage.runs, log }),
    observer: {
      firstText: () => undefined,
      toolCall: () => undefined,
      ended: () => undefined,
      refused: () => undefined,
    },
    log,
    limits: { maxConcurrent: 64, maxConcurrentPerUser: 2, maxPending: 1_000, maxPendingPerUser: 5 },
    replies: {
      open: (run) => reply(run.id),
      refuse(run, reason) {
        events.push({ runId: run.id, what: 'refused', text: reason });
        return Promise.resolve();
      },
      remove(run, messageIds) {
        events.push({ runId: run.id, what: 'removed', text: messageIds.join() });
        return Promise.resolve();
      },
    },
    ...overrides,
  });
  return { runs, events, appended };
}

function toRun(id: number, overrides: Partial<Run> = {}): Run {
  return {
    version: 1,
    id: String(id),
    createdAt: Date.now(),
    conversationId: `conversation ${String(id)}`,
    audience: { kind: 'private', userId: '1' },
    guildId: null,
    channelId: '10',
    requester: { id: '1', name: 'Ann' },
    origin: { kind: 'message', messageId: String(id) },
    prompt: { text: `question ${String(id)}`, quotes: [], attachments: [] },
    model: null,
    replaces: null,
    ...overrides,
  };
}

/** A question that is answered when the test says so, or never. */
function createGate() {
  const waiting: (() => void)[] = [];
  const answer: Answer = async (question, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
    waiting.push(() => {
      resolve(undefined);
    });
    await promise;
    return `answer to ${question}`;
  };
  return {
    answer,
    openAll() {
      for (const open of waiting.splice(0)) open();
    },
  };
}

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

describe('a question that changes', () => {
  test('FAULTS 10: edited while it waits, the new text is used', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1, { conversationId: 'one' }));
    await runs.submit(toRun(2, { conversationId: 'one' }));
    const prompt = { text: 'the new text', quotes: [], attachments: [] };
    expect(await runs.edit(toRun(2, { conversationId: 'one', prompt }))).toBe(true);
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '2')).toEqual({ kind: 'answered', text: 'answer to the new text' });
  });

  test('an edit changes what is asked, not where the run belongs', async () => {
    const gate = createGate();
    const { runs } = createHarness(gate.answer);
    await runs.submit(toRun(1, { conversationId: 'thread', channelId: '1', guildId: '5' }));
    const prompt = { text: 'better', quotes: [], attachments: [] };
    expect(await runs.edit(toRun(1, { prompt }))).toBe(true);
    expect(await runs.find('1')).toMatchObject({ conversationId: 'thread', channelId: '1', prompt });
    await runs.drain(0, 1_000);
  });

  test('FAULTS 10: edited while the run is at work, it begins again and ends once', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1));
    await sleep(1);
    const prompt = { text: 'the new text', quotes: [], attachments: [] };
    expect(await runs.edit(toRun(1, { prompt }))).toBe(true);
    await openUntilIdle(runs, gate);
    expect(events.filter(({ what }) => what === 'finished')).toHaveLength(1);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'answered', text: 'answer to the new text' });
  });

  test('edited after it was answered, the answer is made anew over the same messages', async () => {
    const opened: Run[] = [];
    const { runs } = createHarness((question) => `answer to ${question}`, {
      observer: {
        firstText: () => undefined,
        toolCall: () => undefined,
        refused: () => undefined,
        ended: () => undefined,
      },
      toPrompt(run) {
        opened.push(run);
        return [{ role: 'user', content: run.prompt.text }];
      },
    });
    await runs.submit(toRun(1));
    await idle(runs);
    const prompt = { text: 'the new text', quotes: [], attachments: [] };
    expect(await runs.edit(toRun(1, { prompt }))).toBe(true);
    await idle(runs);
    expect(opened[1]).toMatchObject({ prompt, replaces: { runId: '1', messageIds: ['900'] } });
  });

  test('FAULTS 10: edited twice at once after it was answered, the last text is answered', async () => {
    const { runs, events } = createHarness((question) => `answer to ${question}`);
    await runs.submit(toRun(1));
    await idle(runs);
    const toEdit = (text: string): Run => toRun(1, { prompt: { text, quotes: [], attachments: [] } });
    const edits = ['second', 'third', 'third'].map((text) => runs.edit(toEdit(text)));
    expect(await Promise.all(edits)).toEqual([true, true, true]);
    await idle(runs);
    const last = events.findLast(({ what }) => what === 'finished');
    expect(last?.outcome).toEqual({ kind: 'answered', text: 'answer to third' });
  });

  test('FAULTS 10: deleted: the run stops, and what was answered is removed', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1));
    await sleep(1);
    expect(await runs.forget('1')).toBe(true);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'deleted' });
    await runs.submit(toRun(2));
    await openUntilIdle(runs, gate);
    expect(await runs.forget('2')).toBe(true);
    expect(events.at(-1)).toEqual({ runId: '2', what: 'removed', text: '900' });
    expect(await runs.forget('3')).toBe(false);
  });

  test('answered once more, over the messages of the first answer', async () => {
    const { runs, events } = createHarness((question) => `answer to ${question}`);
    await runs.submit(toRun(1));
    await idle(runs);
    expect(await runs.retry('1', { id: '77', createdAt: Date.now() })).toMatchObject({ kind: 'admitted' });
    await idle(runs);
    expect(outcomeOf(events, '77')).toEqual({ kind: 'answered', text: 'answer to question 1' });
    expect(await runs.find('77')).toMatchObject({ replaces: { runId: '1', messageIds: ['900'] } });
    expect(await runs.retry('1', { id: '78', createdAt: Date.now() })).toBeUndefined();
  });
});

describe('a message while a run of its conversation is under way', () => {
  const one = { conversationId: 'one' };

  test('steer: it joins the run; too late for another step, it is a question of its own', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1, one));
    await sleep(1);
    expect(await runs.submit(toRun(2, one), { whileRunning: 'steer' })).toEqual({
      kind: 'steered',
      runId: '1',
    });
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '2')).toEqual({ kind: 'answered', text: 'answer to question 2' });
  });

  test('steer: only its author joins a run; others wait', async () => {
    const gate = createGate();
    const { runs } = createHarness(gate.answer);
    await runs.submit(toRun(1, one));
    await sleep(1);
    const other = toRun(2, { ...one, requester: { id: '2', name: 'Bob' } });
    expect(await runs.submit(other, { whileRunning: 'steer' })).toEqual({
      kind: 'admitted',
      isPending: true,
    });
    await openUntilIdle(runs, gate);
  });

  test('steer: one with files takes its turn, since they have to be read first', async () => {
    const gate = createGate();
    const { runs } = createHarness(gate.answer);
    await runs.submit(toRun(1, one));
    await sleep(1);
    const attachment = { id: '9', name: 'a.txt', url: 'https://files/9', contentType: null, size: 1 };
    const prompt = { text: 'And this?', quotes: [], attachments: [attachment] };
    expect(await runs.submit(toRun(2, { ...one, prompt }), { whileRunning: 'steer' })).toMatchObject({
      kind: 'admitted',
    });
    await openUntilIdle(runs, gate);
  });

  test('interrupt: the run under way ends and the new question is next', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1, one));
    await sleep(1);
    await runs.submit(toRun(2, one), { whileRunning: 'interrupt' });
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'interrupted' });
    expect(outcomeOf(events, '2')).toMatchObject({ kind: 'answered' });
  });
});

describe('answers that only the token of an interaction can show', () => {
  const privately: Run['origin'] = { kind: 'interaction', interactionId: '1', token: 't', isPrivate: true };
  const expired = { kind: 'cancelled', text: '', by: 'expired' };

  test.each([
    ['a private answer', privately, expired],
    ['an answer where the bot is no member', { ...privately, isPrivate: false, isForeign: true }, expired],
    ['any other answer', { ...privately, isPrivate: false }, undefined],
  ] as const)('%s: ended in time or not', async (_, origin, outcome) => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer, { answerWindowMs: 15 });
    for (const id of [1, 2]) await runs.submit(toRun(id, { origin, conversationId: 'one' }));
    await sleep(40);
    expect(['1', '2'].map((id) => outcomeOf(events, id))).toEqual([outcome, outcome]);
    await openUntilIdle(runs, gate);
  });

  test('what is found after its time, by another process, is ended without asking the model', async () => {
    const log = pino({ level: 'silent' });
    const store = createRunStore({ table: { ...createMemoryRunTable(), isDurable: true }, log });
    await store.admit(toRun(1, { origin: privately, createdAt: Date.now() - 20 * 60_000 }), {
      isAgain: false,
    });
    const asked: string[] = [];
    const answer = (question: string): string => {
      asked.push(question);
      return 'late';
    };
    const { runs, events } = createHarness(answer, { store });
    await runs.resume();
    await idle(runs);
    expect(outcomeOf(events, '1')).toEqual(expired);
    expect(asked).toEqual([]);
  });
});

async function idle(runs: RunService): Promise<void> {
  while (runs.list().length > 0) await sleep(1);
}

async function openUntilIdle(runs: RunService, gate: { openAll: () => void }): Promise<void> {
  while (runs.list().length > 0) {
    gate.openAll();
    await sleep(1);
  }
}

/** Discord takes no answer. */
function createOutage() {
  const tries: string[] = [];
  const replies: RunServiceOptions['replies'] = {
    open: (run) => ({
      waiting: () => undefined,
      started: () => undefined,
      restart: () => undefined,
      suspend: () => undefined,
      onEvent: () => undefined,
      finish() {
        tries.push(run.id);
        return Promise.resolve({ delivered: false, messageIds: [] });
      },
    }),
    refuse: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  };
  return { replies, tries };
}

describe('over the end of a process', () => {
  /** Keeps what is written down as a file would. */
  function createDurableStore() {
    const log = pino({ level: 'silent' });
    return createRunStore({ table: { ...createMemoryRunTable(), isDurable: true }, log });
  }

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
    expect(await runs.edit(toRun(2, { conversationId: 'one', prompt }))).toBe(true);
    const stored = (await store.list()).find(({ run }) => run.id === '2');
    expect(stored).toMatchObject({ run: { prompt }, steps: [] });
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '2')).toEqual({ kind: 'answered', text: 'answer to the new text' });
  });

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

  test('steer: what joined a run is not asked again after a crash, once its step is written down', async () => {
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
    steps[0]?.resolve(undefined);
    await sleep(5);
    expect((await store.list()).map(({ run }) => run.id)).toEqual(['1', '2']);
    steps[1]?.resolve(undefined);
    await expect.poll(async () => (await store.list()).map(({ run }) => run.id)).toEqual(['1']);
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
});
