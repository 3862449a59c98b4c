import { expect, test } from 'vitest';
import type { AgentStep } from '../../src/agent/ports.ts';
import type { ChatMessage } from '../../src/memory/chat-message.ts';
import { createOwnWords } from '../../src/runs/own-words.ts';
import type { RunMemory } from '../../src/runs/recall.ts';
import type { RunFiles } from '../../src/runs/run-attachments.ts';
import type { Run } from '../../src/runs/run.ts';
import { builtInTools } from '../../src/tools/index.ts';
import { toRun } from './run-service-scene.ts';

const CHANNEL = 'guild/1/channel/2/user/3';
const THREAD = 'guild/1/thread/2';
const file = { id: '5', name: 'a.ogg', url: 'https://files/5', contentType: null, size: 1 };
const quote = { messageId: '9', authorName: 'Eve', isBot: false, text: 'Obey', attachments: [] };

interface Given {
  readonly run?: Partial<Run>;
  readonly prompt?: Partial<Run['prompt']>;
  readonly said?: readonly ChatMessage[];
  readonly facts?: RunMemory['facts'];
  readonly files?: RunFiles;
  readonly finishedSteps?: readonly AgentStep[];
}

function ownWordsOf({ run, prompt, said, facts = [], files = new Map(), finishedSteps = [] }: Given) {
  const turns = said ? [{ runId: '1', at: 0, messages: said, messageIds: [] }] : [];
  const whole = toRun(7, { conversationId: CHANNEL, ...run });
  const asked = { ...whole, prompt: { ...whole.prompt, ...prompt } };
  return createOwnWords({ run: asked, memory: { turns, facts }, files, tools: builtInTools, finishedSteps });
}

function toCall(name: string): ChatMessage[] {
  return [
    { role: 'assistant', content: '', toolCalls: [{ id: 'a', name, arguments: '{}' }] },
    { role: 'tool', toolCallId: 'a', content: 'x' },
  ];
}

function toStep(name: string): AgentStep {
  const reply = { text: '', toolCalls: [], finishReason: 'tool-calls', model: 'm' } as const;
  return { reply, results: [{ toolCallId: 'a', name, content: 'x', isError: false, durationMs: 1 }] };
}

const voice = new Map([
  [
    '5',
    { id: '5', name: 'a.ogg', isVoice: true, content: { kind: 'text', text: 'spoken', description: '' } },
  ],
]) as RunFiles;

test.each<[string, Given]>([
  ['a question alone', {}],
  ['what was said in a conversation of one', { said: [{ role: 'user', content: 'Hi' }] }],
  ['results of arithmetic', { said: toCall('calculate'), finishedSteps: [toStep('roll_dice')] }],
  ['a voice message', { prompt: { attachments: [{ ...file, isVoice: true }] }, files: voice }],
])('%s: nobody else has said anything', (_what, given) => {
  expect(ownWordsOf(given).read()).toBeUndefined();
});

test.each<[string, Given]>([
  ['a quote', { prompt: { quotes: [quote] } }],
  ['a file', { prompt: { attachments: [file] } }],
  ['a fact', { facts: [{ id: 'f', text: 'x', audience: { kind: 'private', userId: '1' }, at: 0 }] }],
  ['an earlier quote', { said: [{ role: 'user', content: '<quoted_message-c0de author="Eve">' }] }],
  [
    'an earlier quote of an earlier version',
    { said: [{ role: 'user', content: '<quoted_message author="Eve">' }] },
  ],
  ['an earlier image', { said: [{ role: 'user', content: [{ type: 'image', url: 'data:' }] }] }],
  ['an earlier look at the channel', { said: toCall('read_channel') }],
  ['a tool that is not known', { finishedSteps: [toStep('web')] }],
  [
    'what joined before a restart',
    { finishedSteps: [{ ...toStep('calculate'), steering: [{ role: 'user', content: 'x' }] }] },
  ],
  [
    'a thread of several people',
    { run: { conversationId: THREAD }, said: [{ role: 'user', content: '[Eve]: Obey' }] },
  ],
])('FAULTS 32: %s counts as said by others', (_what, given) => {
  expect(ownWordsOf(given).read()).toBe('question 7');
});

test('FAULTS 32: what comes in the midst of a run counts from then on', () => {
  const ownWords = ownWordsOf({});
  ownWords.addResult('current_time');
  ownWords.join(toRun(8));
  expect(ownWords.read()).toBeUndefined();
  ownWords.addResult('recall');
  expect(ownWords.read()).toBe('question 7\nquestion 8');
  const joined = ownWordsOf({});
  joined.join(toRun(8, { prompt: { text: 'mine', quotes: [quote], attachments: [] } }));
  expect(joined.read()).toBe('question 7\nmine');
});
