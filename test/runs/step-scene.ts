import { pino } from 'pino';
import { expect } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import type { ModelReply } from '../../src/model/ports.ts';
import type { KeyValueStore } from '../../src/storage/ports.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import { createConversationMemory } from '../../src/memory/conversation-memory.ts';
import type { Reply } from '../../src/runs/ports.ts';
import type { RunServiceOptions } from '../../src/runs/run-service.ts';
import type { Run } from '../../src/runs/run.ts';
import { recordLog } from '../intake/recorded-log.ts';
import { createHarness, createOutage, LIMITS, toRun } from './run-service-scene.ts';

interface ModelCall {
  /** What persons said, as this call was asked it. */
  readonly asked: readonly string[];
  /** With a text it answers, without one it calls a tool, after which the model is asked again. */
  readonly reply: (text?: string) => void;
  readonly signal: AbortSignal;
}

/** A service of runs whose model is asked step by step, with the real memory of conversations. */
export function createStepScene(overrides: Partial<RunServiceOptions> = {}) {
  const calls: ModelCall[] = [];
  const storage = openMemoryStorage({ timeoutMs: 1_000 });
  const conversations = createConversationMemory({
    store: storage.namespace('conversations'),
    log: recordLog().log,
  });
  const model: RunServiceOptions['agent']['model'] = {
    countTokens: (text) => text.length,
    async complete({ messages }, onText, signal): Promise<ModelReply> {
      const asked = messages.flatMap(({ role, content }) =>
        role === 'user' && typeof content === 'string' ? [content] : [],
      );
      const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      calls.push({ asked, reply: resolve, signal });
      const text = (await promise) ?? '';
      onText(text);
      const toolCalls = text === '' ? [{ id: 'a', name: 'none', arguments: '{}' }] : [];
      return { text, toolCalls, finishReason: text === '' ? 'tool-calls' : 'stop', model: 'scripted' };
    },
  };
  const harness = createHarness(() => '', {
    agent: { model, tools: [], limits: LIMITS },
    toPrompt: (run, { turns }) => [
      ...turns.flatMap(({ messages }) => messages),
      { role: 'user', content: run.prompt.text },
    ],
    conversations,
    ...overrides,
  });
  return { ...harness, conversations, calls };
}

type StepScene = ReturnType<typeof createStepScene>;

export const silentLog = pino({ level: 'silent' });

/** The conversation of those questions that are to join each other. */
export const one = { conversationId: 'one' };

/** Question 1 is asked, and question 2 has joined it. */
export async function createJoinedScene(overrides: Partial<RunServiceOptions> = {}): Promise<StepScene> {
  const scene = createStepScene(overrides);
  await join(scene);
  return scene;
}

/** Asks question 1 and has question 2 join it; `beforeStep` comes before the step in which it joins. */
export async function join({ runs, calls }: StepScene, beforeStep?: () => void): Promise<void> {
  await runs.submit(toRun(1, one));
  await expect.poll(() => calls).toHaveLength(1);
  await runs.submit(toRun(2, one), { whileRunning: 'steer' });
  beforeStep?.();
  calls[0]?.reply();
  await expect.poll(() => calls).toHaveLength(2);
}

/** All that the model was asked. */
export function askedOf({ calls }: Pick<StepScene, 'calls'>): string[] {
  return calls.flatMap(({ asked }) => asked);
}

/** What conversation one holds, as text. */
export async function remembered({ conversations }: Pick<StepScene, 'conversations'>): Promise<string> {
  return JSON.stringify(await conversations.load('one'));
}

export function editedRun(id: number, text: string, overrides: Partial<Run> = one): Run {
  return toRun(id, { ...overrides, prompt: { text, quotes: [], attachments: [] } });
}

/** What a store says that is away. */
export function away(): Promise<never> {
  return Promise.reject(new StoreUnavailableError('x', new Error('away')));
}

/** Replies that end as the test says. */
export function createReplies(finish: Reply['finish']): RunServiceOptions['replies'] {
  const { replies } = createOutage();
  return { ...replies, open: (...given) => ({ ...replies.open(...given), finish }) };
}

/** A store that is read in another way. */
export function readBy(store: KeyValueStore, get: (key: string) => Promise<unknown>): KeyValueStore {
  return {
    get,
    set: (key, value, options) => store.set(key, value, options),
    delete: (key, signal) => store.delete(key, signal),
  };
}
