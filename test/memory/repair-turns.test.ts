import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatMessage } from '../../src/memory/chat-message.ts';
import { INTERRUPTED_RESULT, repairTurns } from '../../src/memory/conversation-record.ts';

const call = (id: string) => ({ id, name: 'roll_dice', arguments: '{}' });
const result = (toolCallId: string, content = 'six'): ChatMessage => ({ role: 'tool', toolCallId, content });
const calls = (...ids: string[]): ChatMessage => ({
  role: 'assistant',
  content: '',
  toolCalls: ids.map(call),
});
const question: ChatMessage = { role: 'user', content: 'roll' };

const id = fc.constantFrom('a', 'b', 'c');
const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.constant(question),
  fc.constant<ChatMessage>({ role: 'assistant', content: 'done' }),
  fc.array(id, { maxLength: 3 }).map((ids) => calls(...ids)),
  fc.tuple(id, fc.string()).map(([toolCallId, content]) => result(toolCallId, content)),
);
const history = fc.array(message, { maxLength: 12 });

test('FAULTS 16: a call without a result gets one that says so', () => {
  expect(repairTurns([question, calls('a', 'b'), result('b')])).toEqual([
    question,
    calls('a', 'b'),
    result('a', INTERRUPTED_RESULT),
    result('b'),
  ]);
});

test('FAULTS 16: a result without a call goes', () => {
  expect(repairTurns([result('a'), question, result('b'), calls('a'), result('a'), result('a')])).toEqual([
    question,
    calls('a'),
    result('a'),
  ]);
});

test('FAULTS 16: an id used twice takes its results one after another', () => {
  const twice = [calls('a', 'a'), result('a', 'one'), result('a', 'two')];
  expect(repairTurns(twice)).toEqual(twice);
});

test('FAULTS 16: every call is followed by its result, and every result has its call', () => {
  fc.assert(
    fc.property(history, (messages) => {
      const open: string[] = [];
      for (const message of repairTurns(messages)) {
        if (message.role === 'tool') expect(message.toolCallId).toBe(open.shift());
        else expect(open).toEqual([]);
        if (message.role === 'assistant') open.push(...(message.toolCalls ?? []).map(({ id }) => id));
      }
      expect(open).toEqual([]);
    }),
  );
});

test('FAULTS 16: nothing else changes, and a repaired history stays as it is', () => {
  fc.assert(
    fc.property(history, (messages) => {
      const repaired = repairTurns(messages);
      const isNotTool = ({ role }: ChatMessage): boolean => role !== 'tool';
      expect(repaired.filter(isNotTool)).toEqual(messages.filter(isNotTool));
      expect(repairTurns(repaired)).toEqual(repaired);
    }),
  );
});
