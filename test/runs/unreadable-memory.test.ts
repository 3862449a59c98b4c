import { expect, test } from 'vitest';
import { createConversationMemory } from '../../src/memory/conversation-memory.ts';
import type { Turn } from '../../src/memory/ports.ts';
import { recordLog } from '../intake/recorded-log.ts';
import { ScriptedStore } from '../memory/scripted-store.ts';
import { createDurableStore, createHarness, idle, outcomeOf, toRun } from './run-service-scene.ts';

function withConversation(record: string) {
  const kept = new ScriptedStore();
  kept.entries.set('conversation 1', record);
  const { log, lines } = recordLog();
  const conversations = createConversationMemory({ store: kept, log });
  const store = createDurableStore();
  const scene = createHarness((question) => `answer to ${question}`, { conversations, store, log });
  const ask = async (id: number) => {
    await scene.runs.submit(toRun(id, { conversationId: 'conversation 1' }));
    await idle(scene.runs);
    return outcomeOf(scene.events, String(id));
  };
  return { kept, conversations, store, scene, ask, lines };
}

test('FAULTS 28: a conversation that cannot be read is told of once, is not taken for empty, and keeps no run', async () => {
  const { kept, store, scene, ask, conversations } = withConversation('{"version":1}');
  expect(await ask(1)).toMatchObject({
    text: 'answer to question 1',
    notice: expect.stringContaining('/reset') as string,
  });
  expect(await ask(2)).toEqual({ kind: 'answered', text: 'answer to question 2' });
  expect(kept.entries.get('conversation 1')).toBe('{"version":1}');
  await scene.runs.drain(1_000, 1_000);
  expect(await store.list()).toEqual([]);
  await conversations.reset('conversation 1', Date.now());
  expect(await conversations.load('conversation 1')).toEqual([]);
});

test('a turn that could not be read again does not take its conversation with it', async () => {
  const { conversations, kept } = withConversation(
    JSON.stringify({
      version: 1,
      conversationId: 'conversation 1',
      turns: [],
      resetAt: null,
      removedRuns: [],
    }),
  );
  const turn = { runId: '1', at: Number.NaN, messages: [], messageIds: [] } satisfies Turn;
  await expect(conversations.append('conversation 1', turn)).rejects.toThrow();
  await conversations.append('conversation 1', { ...turn, at: 1 });
  expect(kept.entries.get('conversation 1')).toContain('"at":1');
});
