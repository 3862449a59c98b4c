import type { ModelReply } from '../../src/model/ports.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import { createConversationMemory } from '../../src/memory/conversation-memory.ts';
import type { RunServiceOptions } from '../../src/runs/run-service.ts';
import { recordLog } from '../intake/recorded-log.ts';
import { createHarness, LIMITS } from './run-service-scene.ts';

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
