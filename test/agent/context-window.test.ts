import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countMessages, fitToWindow } from '../../src/agent/context-window.ts';
import type { ChatMessage } from '../../src/memory/chat-message.ts';

/** A token a character, to make the arithmetic plain. */
const countTokens = (text: string): number => text.length;
const fit = (messages: readonly ChatMessage[], maxInputTokens: number): readonly ChatMessage[] =>
  fitToWindow(messages, { maxInputTokens, countTokens, tools: [], questionAt: questionAt(messages) });
const questionAt = (messages: readonly ChatMessage[]): number =>
  messages.findLastIndex(({ role }) => role === 'user');

const system: ChatMessage = { role: 'system', content: 'S' };
const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const step = (id: string, result: string): ChatMessage[] => [
  { role: 'assistant', content: '', toolCalls: [{ id, name: 't', arguments: '{}' }] },
  { role: 'tool', toolCallId: id, content: result },
];

describe('context window', () => {
  test('what fits is left as it is', () => {
    const messages = [system, user('a'), assistant('b'), user('q')];
    expect(fit(messages, 10_000)).toBe(messages);
    expect(fit(messages, 20)).toBe(messages);
  });

  test('the oldest whole turns go first', () => {
    const messages = [
      system,
      user('one'),
      ...step('1', 'r'),
      assistant('first'),
      user('two'),
      ...step('2', 'r'),
      assistant('second'),
      user('q'),
    ];
    const whole = countMessages(messages, [], countTokens);
    expect(fit(messages, whole - 1)).toEqual([system, ...messages.slice(5)]);
    expect(fit(messages, 20)).toEqual([system, user('q')]);
  });

  test('then the oldest steps of this run, never the latest', () => {
    const messages = [
      system,
      user('old'),
      assistant('x'),
      user('q'),
      ...step('1', 'r'.repeat(50)),
      ...step('2', 'r'),
    ];
    expect(fit(messages, 40)).toEqual([system, user('q'), ...step('2', 'r')]);
  });

  test('what joined the run later takes nothing away from the question', () => {
    const asked = [user('q'), ...step('1', 'r'.repeat(50)), user('joined'), ...step('2', 'r')];
    const messages = [system, user('old'), assistant('x'), ...asked];
    const fitted = fitToWindow(messages, { maxInputTokens: 60, countTokens, tools: [], questionAt: 3 });
    expect(fitted).toEqual([system, user('q'), user('joined'), ...step('2', 'r')]);
  });

  test('a huge question is cut in the middle, with a notice', () => {
    const question = `begin ${'x'.repeat(1_000)} end`;
    const [first, cut, ...rest] = fit([system, user('old'), assistant('x'), user(question)], 200);
    expect(first).toEqual(system);
    expect(rest).toEqual([]);
    expect(cut?.content).toMatch(/^begin x+\n\[… shortened from 1010 characters …\]\nx+ end$/);
    expect(countMessages([system, cut ?? system], [], countTokens)).toBeLessThanOrEqual(200);
  });

  test('huge results of the latest step are cut, small ones beside them kept', () => {
    const messages: ChatMessage[] = [
      system,
      user('q'),
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: '1', name: 't', arguments: '{}' },
          { id: '2', name: 't', arguments: '{}' },
        ],
      },
      { role: 'tool', toolCallId: '1', content: 'y'.repeat(5_000) },
      { role: 'tool', toolCallId: '2', content: 'small' },
    ];
    const fitted = fit(messages, 400);
    expect(fitted.map(({ role }) => role)).toEqual(messages.map(({ role }) => role));
    expect(fitted[1]).toEqual(user('q'));
    expect(fitted[4]?.content).toBe('small');
    expect(countMessages(fitted, [], countTokens)).toBeLessThanOrEqual(400);
  });

  test('images and tools count', () => {
    const image: ChatMessage = {
      role: 'user',
      content: [{ type: 'image', url: 'data:image/png;base64,AA' }],
    };
    expect(fit([system, image, assistant('a'), user('q')], 500)).toEqual([system, user('q')]);
    const tools = [{ name: 't', description: 'x'.repeat(200), parameters: {} }];
    const messages = [system, user('old'), assistant('a'), user('q')];
    expect(fit(messages, 262)).toBe(messages);
    expect(
      fitToWindow(messages, { maxInputTokens: 262, countTokens, tools, questionAt: messages.length - 1 }),
    ).toEqual([system, user('q')]);
  });

  test('FAULTS 16: a call is never parted from its result, whatever the budget', () => {
    const turn = fc
      .tuple(fc.string({ maxLength: 30 }), fc.array(fc.string({ maxLength: 40 }), { maxLength: 3 }))
      .map(([text, results]) => [user(text), ...results.flatMap((result, at) => step(`${at}`, result))]);
    fc.assert(
      fc.property(
        fc.array(turn, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 400 }),
        (turns, max) => {
          const messages = [system, ...turns.flat()];
          const fitted = fit(messages, max);
          expect(fitted[0]).toEqual(system);
          expect(fitted.filter(({ role }) => role === 'user').length).toBeGreaterThan(0);
          fitted.forEach((message, at) => {
            const before = fitted[at - 1];
            if (message.role === 'tool') expect(before).toHaveProperty('toolCalls.0.id', message.toolCallId);
            if (message.role === 'assistant') expect(fitted[at + 1]?.role).toBe('tool');
          });
          expect(fit(messages, max)).toEqual(fitted);
        },
      ),
    );
  });

  test('texts are counted once each, however long the conversation', () => {
    let counted = 0;
    const messages = [
      system,
      ...Array.from({ length: 5_000 }, (_, at) => [user(`q${at}`), assistant('a')]).flat(),
    ];
    fitToWindow([...messages, user('q')], {
      questionAt: messages.length,
      maxInputTokens: 1_000,
      countTokens: (text) => {
        counted += 1;
        return text.length;
      },
      tools: [],
    });
    expect(counted).toBe(messages.length + 1);
  });
});
