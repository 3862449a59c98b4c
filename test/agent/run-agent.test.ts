import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { AgentStep } from '../../src/agent/ports.ts';
import { ModelError, TimeoutError } from '../../src/errors.ts';
import { sleep } from '../../src/lib/abort.ts';
import { defineTool } from '../../src/tools/tool.ts';
import { runInTest } from './run-in-test.ts';
import { callTool, createScriptedModel, hangUntilAborted, toReply } from './scripted-model.ts';

const echo = defineTool({
  name: 'echo',
  description: 'Says it again.',
  parameters: z.object({ text: z.string() }),
  repeatable: true,
  execute: ({ text }) => text,
});

describe('the line of a run', () => {
  test('an answer without tools is one step', async () => {
    const model = createScriptedModel({ text: 'Hello there' });
    const { outcome, events, said } = await runInTest(model);
    expect(outcome).toEqual({
      stopReason: 'answered',
      text: 'Hello there',
      messages: [{ role: 'assistant', content: 'Hello there' }],
      steps: 1,
      usage: { inputTokens: 10, outputTokens: 5 },
    });
    expect(said).toBe('Hello there');
    expect(events.map(({ type }) => type)).toEqual(['text-delta', 'text-delta', 'step-end', 'run-end']);
    expect(events.at(-1)).toEqual({ type: 'run-end', outcome });
  });

  test('the outcome names the model that answered in place of another, in a resumed run too', async () => {
    const call = callTool('echo', { text: 'pong' });
    const fallback = { model: 'spare', isFallback: true } as const;
    const model = createScriptedModel({ text: 'a', toolCalls: [call], ...fallback }, { text: 'b' });
    const { outcome, events } = await runInTest(model, [echo]);
    expect(outcome).toMatchObject({ text: 'a\n\nb', fallbackModel: 'spare' });
    const steps = events.flatMap((event) => (event.type === 'step-end' ? [event.step] : []));
    const resumed = await runInTest(createScriptedModel({ text: 'b' }), [echo], {
      task: { finishedSteps: steps.slice(0, 1) },
    });
    expect(resumed.outcome.fallbackModel).toBe('spare');
  });

  test('a step with tools is followed by one that sees their results; the texts are joined', async () => {
    const call = callTool('echo', { text: 'pong' });
    const model = createScriptedModel({ text: 'Let me see.', toolCalls: [call] }, { text: 'It says pong.' });
    const { outcome, said, events } = await runInTest(model, [echo]);
    expect(outcome.text).toBe('Let me see.\n\nIt says pong.');
    expect(said).toBe(outcome.text);
    expect(outcome.messages).toEqual([
      { role: 'assistant', content: 'Let me see.', toolCalls: [call] },
      { role: 'tool', toolCallId: call.id, content: 'pong' },
      { role: 'assistant', content: 'It says pong.' },
    ]);
    expect(model.requests[1]?.messages.slice(2)).toEqual(outcome.messages.slice(0, 2));
    expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual(['echo']);
    expect(outcome).toMatchObject({ steps: 2, usage: { inputTokens: 20, outputTokens: 10 } });
    expect(events.filter(({ type }) => type === 'step-end')).toHaveLength(2);
  });

  test('finished steps are replayed without calling anything', async () => {
    const call = callTool('echo', { text: 'old' });
    const result = { toolCallId: call.id, name: 'echo', content: 'old', isError: false, durationMs: 1 };
    const finished: AgentStep = { reply: toReply({ text: 'Wait.', toolCalls: [call] }), results: [result] };
    const model = createScriptedModel({ text: 'Done.' });
    const { outcome, said, events } = await runInTest(model, [echo], { task: { finishedSteps: [finished] } });
    expect(model.requests).toHaveLength(1);
    expect(model.requests[0]?.messages.slice(2)).toEqual([
      { role: 'assistant', content: 'Wait.', toolCalls: [call] },
      { role: 'tool', toolCallId: call.id, content: 'old' },
    ]);
    expect(outcome).toMatchObject({ stopReason: 'answered', text: 'Wait.\n\nDone.', steps: 2 });
    expect(said).toBe(outcome.text);
    expect(events.filter(({ type }) => type.startsWith('tool-call'))).toEqual([]);
    expect(events.filter(({ type }) => type === 'step-end')).toMatchObject([{ index: 1 }]);
  });

  test('a run whose last step was finished ends without a model call', async () => {
    const model = createScriptedModel({ text: 'never' });
    const finished: AgentStep = { reply: toReply({ text: 'Done.' }), results: [] };
    const { outcome } = await runInTest(model, [], { task: { finishedSteps: [finished] } });
    expect(model.requests).toHaveLength(0);
    expect(outcome).toMatchObject({ stopReason: 'answered', text: 'Done.', steps: 1 });
  });

  test('a listener that throws does not fail the run, and is reported', async () => {
    const broken = new Error('listener');
    const { outcome, said } = await runInTest(createScriptedModel({ text: 'Hello' }), [], {
      onEvent: () => {
        throw broken;
      },
    });
    expect(outcome).toMatchObject({ stopReason: 'answered', text: 'Hello' });
    expect(outcome.error).toBe(broken);
    expect(said).toBe('Hello');
  });

  test('an unstreamed reply is said all the same', async () => {
    const { outcome, said } = await runInTest(
      createScriptedModel(() => Promise.resolve(toReply({ text: 'whole' }))),
    );
    expect(said).toBe('whole');
    expect(outcome.text).toBe('whole');
  });
});

describe('ends of a run', () => {
  test('FAULTS 17: an empty answer is asked for once more, and then is an outcome', async () => {
    const second = await runInTest(createScriptedModel({}, { text: 'Now.' }));
    expect(second.outcome).toMatchObject({
      stopReason: 'answered',
      text: 'Now.',
      usage: { inputTokens: 20 },
    });
    const model = createScriptedModel({ text: ' \n' });
    const { outcome } = await runInTest(model);
    expect(outcome).toMatchObject({ stopReason: 'empty', messages: [] });
    expect(model.requests).toHaveLength(2);
  });

  test('FAULTS 17: words before the tools are no answer where none follows, in a resumed run too', async () => {
    const words = { text: 'Let me look.', toolCalls: [callTool('echo', { text: 'x' })] };
    const { outcome, events } = await runInTest(createScriptedModel(words, {}), [echo]);
    expect(outcome).toMatchObject({ stopReason: 'empty', text: 'Let me look.' });
    expect(outcome.messages).toHaveLength(2);
    const finishedSteps = events
      .flatMap((event) => (event.type === 'step-end' ? [event.step] : []))
      .slice(0, 1);
    const resumed = await runInTest(createScriptedModel({}), [echo], { task: { finishedSteps } });
    expect(resumed.outcome).toMatchObject({ stopReason: 'empty', text: 'Let me look.' });
  });

  test('FAULTS 17: words that announce calls which are not made any more are no answer', async () => {
    let round = 0;
    const model = createScriptedModel((_request, onText) => {
      round += 1;
      onText('Let me look.');
      const toolCalls = [callTool('echo', { text: String(round) })];
      return Promise.resolve(toReply({ text: 'Let me look.', toolCalls }));
    });
    const { outcome } = await runInTest(model, [echo], { limits: { maxSteps: 2 } });
    expect(outcome).toMatchObject({ stopReason: 'max-steps', steps: 2 });
  });

  test('FAULTS 17: finish_reason length stands with its text', async () => {
    const { outcome } = await runInTest(createScriptedModel({ text: 'Once upon', finishReason: 'length' }));
    expect(outcome).toMatchObject({ stopReason: 'length', text: 'Once upon' });
  });

  test('FAULTS 17: a refusal is said in the model’s own words; a filtered answer keeps what was said', async () => {
    const refused = await runInTest(createScriptedModel({ refusal: 'I cannot do that.' }));
    expect(refused.outcome).toMatchObject({ stopReason: 'refused', text: 'I cannot do that.' });
    expect(refused.said).toBe('I cannot do that.');
    const filtered = await runInTest(
      createScriptedModel({
        text: 'Well',
        finishReason: 'content-filter',
        toolCalls: [callTool('echo', { text: 'x' })],
      }),
      [echo],
    );
    expect(filtered.outcome).toMatchObject({ stopReason: 'filtered', text: 'Well' });
    expect(filtered.events.some(({ type }) => type === 'tool-call-start')).toBe(false);
    const both = await runInTest(createScriptedModel({ text: 'Well', refusal: 'No.' }));
    expect(both.outcome).toMatchObject({ stopReason: 'refused', text: 'Well\n\nNo.' });
    expect(both.outcome.messages).toEqual([{ role: 'assistant', content: 'Well\n\nNo.' }]);
    const refusedQuestion = await runInTest(
      createScriptedModel(new ModelError('filtered', 'content_filter')),
    );
    expect(refusedQuestion.outcome).toMatchObject({ stopReason: 'filtered', text: '' });
  });

  test('FAULTS 17: the last step gets no tools, so that the person gets an answer', async () => {
    let round = 0;
    const model = createScriptedModel((request, onText) => {
      round += 1;
      if (request.tools.length > 0) {
        return Promise.resolve(toReply({ toolCalls: [callTool('echo', { text: String(round) })] }));
      }
      onText('As far as I got.');
      return Promise.resolve(toReply({ text: 'As far as I got.' }));
    });
    const { outcome } = await runInTest(model, [echo], { limits: { maxSteps: 4 } });
    expect(outcome).toMatchObject({ stopReason: 'answered', text: 'As far as I got.', steps: 4 });
    expect(model.requests.map(({ tools }) => tools.length)).toEqual([1, 1, 1, 0]);
    const [system, question] = model.requests[3]?.messages ?? [];
    expect(system?.content).toMatch(/^You help\.\n\nNo more tools/);
    expect(question?.content).toBe('question');
  });

  test('FAULTS 17: a model that goes on calling ends at the cap of steps', async () => {
    let round = 0;
    const model = createScriptedModel(() => {
      round += 1;
      return Promise.resolve(toReply({ toolCalls: [callTool('echo', { text: String(round) })] }));
    });
    const { outcome } = await runInTest(model, [echo], { limits: { maxSteps: 3 } });
    expect(outcome).toMatchObject({ stopReason: 'max-steps', text: '', steps: 3 });
    expect(outcome.messages.filter(({ role }) => role === 'tool')).toHaveLength(2);
    expect(outcome.messages.at(-1)?.role).toBe('tool');
  });

  test('FAULTS 17: the same calls are made twice; then the model may only answer', async () => {
    let made = 0;
    const counted = { ...echo, execute: () => `result ${(made += 1)}` };
    const repeat = () => Promise.resolve(toReply({ toolCalls: [callTool('echo', '{ "text":  "x" }')] }));
    const stubborn = createScriptedModel(repeat);
    const { outcome } = await runInTest(stubborn, [counted]);
    expect(outcome).toMatchObject({ stopReason: 'repeated-tool-calls', steps: 4 });
    expect(made).toBe(2);
    expect(stubborn.requests.map(({ tools }) => tools.length)).toEqual([1, 1, 1, 0]);

    const yielding = createScriptedModel(repeat, repeat, repeat, { text: 'It is result 2.' });
    expect((await runInTest(yielding, [counted])).outcome).toMatchObject({
      stopReason: 'answered',
      text: 'It is result 2.',
    });
  });

  test('FAULTS 15: a conversation that is too long is trimmed once, then left out, then given up', async () => {
    const tooLong = new ModelError('context-too-long', 'too long');
    const turns = Array.from({ length: 20 }, (_, turn) => [
      { role: 'user' as const, content: `old question ${turn} ${'x'.repeat(400)}` },
      { role: 'assistant' as const, content: `old answer ${turn}` },
    ]).flat();
    const task = {
      messages: [
        { role: 'system' as const, content: 's' },
        ...turns,
        { role: 'user' as const, content: 'q' },
      ],
    };
    const model = createScriptedModel(tooLong, { text: 'Yes.' });
    expect((await runInTest(model, [], { task })).outcome).toMatchObject({
      stopReason: 'answered',
      text: 'Yes.',
    });
    const [first, second] = model.requests.map(({ messages }) => messages.length);
    expect(first).toBe(42);
    expect(second).toBeGreaterThan(2);
    expect(second).toBeLessThan(26);
    expect(model.requests[1]?.messages.at(-1)).toEqual({ role: 'user', content: 'q' });

    const alone = createScriptedModel(tooLong, tooLong, { text: 'Yes.' });
    const reset = await runInTest(alone, [], { task });
    expect(reset.outcome).toMatchObject({ stopReason: 'answered', text: 'Yes.', isWithoutEarlier: true });
    expect(alone.requests[2]?.messages).toEqual([task.messages[0], task.messages.at(-1)]);

    const never = createScriptedModel(tooLong);
    expect((await runInTest(never, [], { task })).outcome).toMatchObject({
      stopReason: 'context-too-long',
      error: tooLong,
    });
    expect(never.requests).toHaveLength(3);
    expect((await runInTest(createScriptedModel(tooLong))).outcome.stopReason).toBe('context-too-long');
  });

  test('a failing model is an outcome with the text so far', async () => {
    const broken = new ModelError('interrupted', 'cut');
    const { outcome, said } = await runInTest(
      createScriptedModel((_, onText) => {
        onText('Half of it');
        return Promise.reject(broken);
      }),
    );
    expect(outcome).toMatchObject({ stopReason: 'model-error', text: 'Half of it', error: broken, steps: 0 });
    expect(outcome.messages).toEqual([{ role: 'assistant', content: 'Half of it' }]);
    expect(said).toBe('Half of it');
  });

  test('FAULTS 8: an abort stops the model call; the outcome holds the text so far', async () => {
    const abort = new AbortController();
    let modelSignal: AbortSignal | undefined;
    const model = createScriptedModel((_, onText, signal) => {
      modelSignal = signal;
      onText('Half');
      abort.abort(new Error('stop'));
      return hangUntilAborted(signal);
    });
    const { outcome, events } = await runInTest(model, [], { signal: abort.signal });
    expect(outcome).toMatchObject({ stopReason: 'cancelled', text: 'Half' });
    expect(outcome.error).toBeUndefined();
    expect(modelSignal?.aborted).toBe(true);
    expect(events.at(-1)?.type).toBe('run-end');
    const late = await runInTest(model, [], { signal: AbortSignal.abort() });
    expect(late.outcome).toMatchObject({ stopReason: 'cancelled', steps: 0 });
  });

  test('FAULTS 12: a model call that goes on and on ends at the deadline of its step, and its connection with it', async () => {
    let modelSignal: AbortSignal | undefined;
    const model = createScriptedModel(async (_, onText, signal) => {
      modelSignal = signal;
      for (;;) {
        onText('and ');
        await sleep(5, signal);
      }
    });
    const { outcome } = await runInTest(model, [], { limits: { stepTimeoutMs: 40 } });
    expect(outcome).toMatchObject({
      stopReason: 'timeout',
      text: expect.stringMatching(/^(and )+$/) as string,
      error: { message: 'A step took longer than 40 ms' },
    });
    expect(modelSignal?.aborted).toBe(true);
  });

  test('FAULTS 12: the run ends at its deadline even if the model ignores its signal', async () => {
    let lateText: ((delta: string) => void) | undefined;
    const model = createScriptedModel((_, onText) => {
      lateText = onText;
      onText('Hm');
      return new Promise(() => undefined);
    });
    const { outcome, events } = await runInTest(model, [], { limits: { runTimeoutMs: 40 } });
    expect(outcome).toMatchObject({ stopReason: 'timeout', text: 'Hm' });
    expect(outcome.error).toBeInstanceOf(TimeoutError);
    lateText?.('too late');
    expect(events.at(-1)?.type).toBe('run-end');
  });

  test('FAULTS 30: a run that is stopped leaves no timer behind, even if the model ignores its signal', async () => {
    vi.useFakeTimers();
    try {
      const stop = new AbortController();
      const model = createScriptedModel(() => {
        stop.abort();
        return new Promise(() => undefined);
      });
      const { outcome } = await runInTest(model, [], { signal: stop.signal });
      expect(outcome.stopReason).toBe('cancelled');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
