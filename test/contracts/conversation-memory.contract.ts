import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import type { ConversationMemory, Turn } from '../../src/memory/ports.ts';
import type { KeyValueStore, Storage } from '../../src/storage/ports.ts';

export interface ConversationMemorySubject {
  readonly open: () => Promise<Storage>;
  readonly create: (store: KeyValueStore) => ConversationMemory;
}

/** A turn of one question and one answer. */
export function toTurn(runId: string, at: number, text = runId): Turn {
  return {
    runId,
    at,
    messages: [
      { role: 'user', content: text },
      { role: 'assistant', content: `answer to ${text}` },
    ],
    messageIds: [runId],
  };
}

/** What every conversation memory must do, over whatever store. */
export function testConversationMemory(name: string, { open, create }: ConversationMemorySubject): void {
  describe(`conversations in ${name}`, () => {
    let storage: Storage;
    let store: KeyValueStore;
    let memory: ConversationMemory;
    let tests = 0;

    beforeAll(async () => {
      storage = await open();
    });
    beforeEach(() => {
      tests += 1;
      store = storage.namespace('x'.repeat(tests));
      memory = create(store);
    });
    afterAll(async () => {
      await storage.close();
    });

    /** What another process, or this one after a restart, finds. */
    const stored = async (id: string): Promise<string[]> => runIds(await create(store).load(id));
    const runIds = (turns: readonly Turn[]): string[] => turns.map(({ runId }) => runId);

    test('has no turns at first', async () => {
      expect(await memory.load('a')).toEqual([]);
    });

    test('shows a turn at once, and keeps it once acknowledged', async () => {
      const appended = memory.append('a', toTurn('1', 1));
      expect(runIds(await memory.load('a'))).toEqual(['1']);
      await appended;
      expect(await create(store).load('a')).toEqual([toTurn('1', 1)]);
    });

    test('keeps every kind of message as it was', async () => {
      const turn: Turn = {
        runId: '1',
        at: 1,
        messages: [
          { role: 'system', content: '' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'ü🔥\0' },
              { type: 'image', url: 'data:,x' },
            ],
          },
          { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 'roll', arguments: '{"' }] },
          { role: 'tool', toolCallId: 'c', content: '6' },
          { role: 'assistant', content: 'six' },
        ],
        messageIds: ['1', '2'],
      };
      await memory.append('a', turn);
      expect(await create(store).load('a')).toEqual([turn]);
    });

    test('keeps the order of the turns and the conversations apart', async () => {
      await Promise.all([
        memory.append('a', toTurn('1', 1)),
        memory.append('b', toTurn('2', 2)),
        memory.append('a', toTurn('3', 3)),
      ]);
      await memory.append('a', toTurn('4', 4));
      expect(await stored('a')).toEqual(['1', '3', '4']);
      expect(await stored('b')).toEqual(['2']);
    });

    test('takes a run in once, before and after a restart', async () => {
      await Promise.all([memory.append('a', toTurn('1', 1)), memory.append('a', toTurn('1', 1))]);
      await memory.append('a', toTurn('1', 1));
      await create(store).append('a', toTurn('1', 1));
      expect(await stored('a')).toEqual(['1']);
    });

    test('a reset wins against what was appended before it', async () => {
      await memory.append('a', toTurn('1', 1));
      const appended = memory.append('a', toTurn('2', 2));
      const reset = memory.reset('a', 3);
      expect(await memory.load('a')).toEqual([]);
      await Promise.all([appended, reset]);
      expect(await stored('a')).toEqual([]);
    });

    test('after a reset, runs that began before it bring nothing back; later ones are kept', async () => {
      await memory.append('a', toTurn('1', 1));
      await memory.reset('a', 5);
      await memory.append('a', toTurn('4', 4));
      await create(store).append('a', toTurn('5', 5));
      await create(store).append('a', toTurn('6', 6));
      expect(await stored('a')).toEqual(['6']);
    });

    test('removes the turn of a run whenever it was asked for, where no time is given', async () => {
      await memory.append('a', toTurn('1', Date.now() + 60_000));
      await memory.removeTurn('a', '1');
      await create(store).append('a', toTurn('1', Date.now() + 120_000));
      expect(await stored('a')).toEqual([]);
    });

    test('removes the turn of one run, and keeps it out', async () => {
      await memory.append('a', toTurn('1', 1));
      const appended = memory.append('a', toTurn('2', 2));
      const removed = memory.removeTurn('a', '2', 5);
      expect(runIds(await memory.load('a'))).toEqual(['1']);
      await Promise.all([appended, removed]);
      await create(store).append('a', toTurn('2', 2));
      expect(await stored('a')).toEqual(['1']);
      await create(store).append('a', toTurn('2', 6, 'asked again'));
      expect(await stored('a')).toEqual(['1', '2']);
    });

    test('keeps what was removed for good out, however late it comes', async () => {
      await memory.append('a', toTurn('1', 1));
      await memory.removeTurn('a', '1');
      await create(store).append('a', toTurn('1', Date.now() + 3_600_000));
      expect(await stored('a')).toEqual([]);
    });

    test('a run that is made once more takes the place of its earlier turn', async () => {
      await memory.append('a', toTurn('1', 1, 'first'));
      await memory.append('a', toTurn('2', 2));
      await memory.append('a', toTurn('1', 3, 'second'));
      await memory.append('a', toTurn('1', 1, 'first'));
      expect(await stored('a')).toEqual(['2', '1']);
      expect(JSON.stringify(await create(store).load('a'))).toContain('second');
    });

    test('has written everything after a flush', async () => {
      const appended = Array.from({ length: 30 }, (_, index) =>
        memory.append(`c${index % 5}`, toTurn(`${index}`, index)),
      );
      await memory.flush();
      expect(
        (await Promise.all(Array.from({ length: 5 }, (_, index) => stored(`c${index}`)))).flat(),
      ).toHaveLength(30);
      await Promise.all(appended);
    });

    test('a load ends when its caller aborts', async () => {
      const reason = new Error('stopped');
      await expect(memory.load('a', AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    test('FAULTS 28: a record that is not readable is unavailable and is not overwritten', async () => {
      for (const record of [{ version: 2, conversationId: 'a', turns: [] }, 'text', null, { turns: [] }]) {
        await store.set('a', record);
        const memory = create(store);
        await expect(memory.load('a')).rejects.toThrow(StoreUnavailableError);
        const appended = expect(memory.append('a', toTurn('1', 1))).rejects.toThrow(StoreUnavailableError);
        await memory.flush();
        await appended;
        expect(await store.get('a')).toEqual(record);
      }
    });

    test('FAULTS 37: a record under the key of another conversation is not used', async () => {
      await memory.append('a', toTurn('1', 1));
      await store.set('b', await store.get('a'));
      await expect(memory.load('b')).rejects.toThrow(StoreUnavailableError);
    });

    test('FAULTS 16: a stored history with orphan tool calls and results is repaired', async () => {
      const turn: Turn = {
        ...toTurn('1', 1),
        messages: [
          { role: 'tool', toolCallId: 'stray', content: 'x' },
          { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 'roll', arguments: '{}' }] },
          { role: 'user', content: 'hello?' },
        ],
      };
      const record = { version: 1, conversationId: 'a', turns: [turn], resetAt: null, removedRuns: [] };
      await store.set('a', record);
      const [read] = await memory.load('a');
      expect(read?.messages).toEqual([
        turn.messages[1],
        { role: 'tool', toolCallId: 'c', content: expect.stringContaining('interrupted') as string },
        turn.messages[2],
      ]);
    });
  });
}
