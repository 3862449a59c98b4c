import { describe, expect, test } from 'vitest';
import { createSandboxScript } from '../../../sandbox/model/scripts.ts';
import type { ScriptedReply, ScriptedRequest } from '../../../sandbox/model/types.ts';

const TOOLS = ['current_time', 'calculate', 'roll_dice', 'remember', 'recall', 'read_channel'];
const script = createSandboxScript();

function ask(
  question: unknown,
  after: ScriptedRequest['messages'] = [],
  tools: readonly string[] = TOOLS,
): ScriptedReply {
  return script({
    model: 'scripted',
    messages: [{ role: 'system', content: 'time and dice' }, { role: 'user', content: question }, ...after],
    tools: tools.map((name) => ({ function: { name } })),
  });
}

function callsFor(question: string): unknown {
  const reply = ask(question);
  return reply.toolCalls?.map((call) => [call.name, call.arguments]);
}

test('a plain answer echoes, and says that no model is connected and how to connect one', () => {
  const reply = ask('good morning');
  expect(reply.text).toContain('> good morning');
  expect(reply.text).toMatch(/No model is connected.*OPENAI_API_KEY.*OPENAI_BASE_URL/);
});

test('the text is found among the parts of a message with an image', () => {
  const reply = ask([{ type: 'text', text: 'good evening' }, { type: 'image_url' }]);
  expect(reply.text).toContain('> good evening');
});

test('files are named with their kind, and what stands in them asks for nothing', () => {
  const reply = ask([
    {
      type: 'text',
      text: '(Marks of this message: c0de)\n\nSee\n\n<attached_file-c0de name="a.txt" kind="text">\nroll 2d6\n</attached_file-c0de>\n\n',
    },
    {
      type: 'text',
      text: '(attached file: b.zip; it was not read: it is a ZIP archive, which I cannot read)',
    },
  ]);
  expect(reply.toolCalls).toBeUndefined();
  expect(reply.text).toContain('- **a.txt**: text\n- **b.zip** is a ZIP archive, which I cannot read');
});

test('a file is made where one is asked for', () => {
  expect(ask('Make a csv file', [], ['create_file']).toolCalls).toMatchObject([{ name: 'create_file' }]);
});

test('a quoted message and the name of who asks are no part of the question', () => {
  const quoted = '<quoted_message-c0de author="Ada" is_bot="no">\nroll 2d6\n</quoted_message-c0de>';
  const reply = ask(`${quoted}\n\n[Bob]: hello there`);
  expect(reply.toolCalls).toBeUndefined();
  expect(reply.text).toContain('> hello there');
});

describe('words in the question choose tools', () => {
  test.each([
    ['what time is it?', [['current_time', {}]]],
    ['calculate 2+2', [['calculate', { expression: '2+2' }]]],
    ['please calculate (3 + 4) * 2, thanks', [['calculate', { expression: '(3 + 4) * 2' }]]],
    ['roll 2d6', [['roll_dice', { dice: '2d6' }]]],
    ['remember that I like tea', [['remember', { text: 'I like tea' }]]],
    ['what do you know about me', [['recall', {}]]],
    ['summarise this', [['read_channel', { limit: 20 }]]],
    ['what was said here?', [['read_channel', { limit: 20 }]]],
  ])('%s', (question, calls) => {
    expect(callsFor(question)).toEqual(calls);
  });

  test('several at once', () => {
    expect(callsFor('what time is it, roll d20 and calculate 6*7')).toEqual([
      ['current_time', {}],
      ['calculate', { expression: '6*7' }],
      ['roll_dice', { dice: 'd20' }],
    ]);
  });

  test('a tool that is not offered is not called', () => {
    const reply = ask('roll 2d6', [], ['calculate']);
    expect(reply.toolCalls).toBeUndefined();
  });
});

test('the answer is made from the results', () => {
  const reply = ask('what time is it? calculate 6*7', [
    {
      role: 'assistant',
      tool_calls: [
        { id: 'a', function: { name: 'current_time', arguments: '{}' } },
        { id: 'b', function: { name: 'calculate', arguments: '{"expression":"6*7"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: 'noon' },
    { role: 'tool', tool_call_id: 'b', content: '42' },
  ]);
  expect(reply.toolCalls).toBeUndefined();
  expect(reply.text).toContain('**current_time** → noon');
  expect(reply.text).toContain('**calculate** → 42');
});

test('of a channel that was read it says how much and by whom', () => {
  const content =
    'Messages:\n2026-01-02T03:04:05.000Z Ada:\n> hi\n2026-01-02T03:04:06.000Z Bob (a bot):\n> ho';
  const reply = ask('summarize this', [
    { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'read_channel', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'a', content },
  ]);
  expect(reply.text).toContain('2 messages, by Ada, Bob (a bot)');
});

test('long, slow and failing answers on demand', () => {
  const long = ask('a long answer');
  expect(long.text?.length).toBeGreaterThan(2_500);
  expect(long.text?.match(/```/g)?.length).toBe(8);
  const slow = ask('answer slowly');
  expect(slow.tokenMs).toBeGreaterThanOrEqual(100);
  expect(ask('fail')).toMatchObject({ status: 500 });
});
