import { pino } from 'pino';
import { sleep } from '../../src/lib/abort.ts';
import type { ChatMessage } from '../../src/memory/chat-message.ts';
import type { Turn } from '../../src/memory/ports.ts';
import type { ModelReply } from '../../src/model/ports.ts';
import { createAnswers } from '../../src/runs/answers.ts';
import type { Reply, ReplyFactory, RunOutcome } from '../../src/runs/ports.ts';
import { RunService, type RunServiceOptions } from '../../src/runs/run-service.ts';
import { createRunStore, type RunStore } from '../../src/runs/run-store.ts';
import type { Run } from '../../src/runs/run.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';

/** What a person sees of a run. */
interface Event {
  readonly runId: string;
  readonly what: 'waiting' | 'started' | 'finished' | 'refused' | 'removed' | 'suspended';
  readonly outcome?: RunOutcome;
  readonly text?: string;
}

export const LIMITS = {
  maxSteps: 3,
  maxParallelToolCalls: 3,
  toolTimeoutMs: 1_000,
  stepTimeoutMs: 5_000,
  runTimeoutMs: 5_000,
  maxInputTokens: 10_000,
};

type Answer = (question: string, signal: AbortSignal) => Promise<string> | string;

const log = pino({ level: 'silent' });

const SERVICES: RunServiceOptions['services'] = {
  facts: {
    recall: () => Promise.resolve([]),
    list: () => Promise.resolve([]),
    forget: () => Promise.resolve(0),
    remember: () => Promise.reject(new Error('not used')),
  },
  channels: { recentMessages: () => Promise.resolve([]) },
  now: Date.now,
  random: Math.random,
};

/** A service of runs whose model says what `answer` does, with what its people see and what it remembers. */
export function createHarness(answer: Answer, overrides: Partial<RunServiceOptions> = {}) {
  const events: Event[] = [];
  const appended: Turn[] = [];
  const storage = openMemoryStorage({ timeoutMs: 1_000 });
  const runs = new RunService({
    agent: { model: createModel(answer), tools: [], limits: LIMITS },
    services: SERVICES,
    conversations: createConversations(appended),
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
    now: Date.now,
    doors: { isClosed: () => false, awaitOpening: () => () => undefined },
    overload: { reason: () => undefined },
    quota: undefined,
    missedChanges: () => Promise.resolve([]),
    limits: { maxConcurrent: 64, maxConcurrentPerUser: 2, maxPending: 1_000, maxPendingPerUser: 5 },
    replies: createReplies(events),
    ...overrides,
  });
  return { runs, events, appended };
}

function createModel(answer: Answer): RunServiceOptions['agent']['model'] {
  return {
    countTokens: (text) => text.length,
    async complete({ messages }, onText, signal): Promise<ModelReply> {
      const question = messages.at(-1)?.content;
      const text = await answer(typeof question === 'string' ? question : '', signal);
      onText(text);
      return { text, toolCalls: [], finishReason: 'stop', model: 'scripted' };
    },
  };
}

function createConversations(appended: Turn[]): RunServiceOptions['conversations'] {
  return {
    load: () => Promise.resolve(appended),
    append(_conversationId, turn) {
      appended.push(turn);
      return Promise.resolve();
    },
    reset: () => Promise.resolve(),
    removeTurn: () => Promise.resolve(),
    flush: () => Promise.resolve(),
  };
}

function createReplies(events: Event[]): ReplyFactory {
  return {
    open: ({ id: runId }): Reply => ({
      waiting: () => events.push({ runId, what: 'waiting' }),
      started: () => events.push({ runId, what: 'started' }),
      restart: () => undefined,
      suspend: () => events.push({ runId, what: 'suspended' }),
      onEvent: () => undefined,
      finish(outcome) {
        events.push({ runId, what: 'finished', outcome });
        return Promise.resolve({ delivered: true, messageIds: ['900'] });
      },
    }),
    refuse(run, reason) {
      events.push({ runId: run.id, what: 'refused', text: reason });
      return Promise.resolve();
    },
    remove(run, messageIds) {
      events.push({ runId: run.id, what: 'removed', text: messageIds.join() });
      return Promise.resolve();
    },
  };
}

export function outcomeOf(events: readonly Event[], runId: string): RunOutcome | undefined {
  return events.find((event) => event.runId === runId && event.outcome)?.outcome;
}

export function toRun(id: number, overrides: Partial<Run> = {}): Run {
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
export function createGate() {
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

export async function idle(runs: RunService): Promise<void> {
  while (runs.list().length > 0) await sleep(1);
}

export async function openUntilIdle(runs: RunService, gate: { openAll: () => void }): Promise<void> {
  while (runs.list().length > 0) {
    gate.openAll();
    await sleep(1);
  }
}

/** Discord takes no answer. */
export function createOutage() {
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

/** Keeps what is written down as a file would. */
export function createDurableStore(): RunStore {
  return createRunStore({ table: { ...createMemoryRunTable(), isDurable: true }, log });
}
