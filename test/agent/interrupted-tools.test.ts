import { expect, test } from 'vitest';
import { z } from 'zod';
import { agentStepSchema } from '../../src/agent/agent-step.ts';
import type { AgentStep } from '../../src/agent/ports.ts';
import { defineTool, type Tool } from '../../src/tools/tool.ts';
import { runInTest } from './run-in-test.ts';
import { callTool, createScriptedModel, hangUntilAborted } from './scripted-model.ts';

function createTool(name: string, repeatable: boolean, execute: Tool['execute']): Tool {
  return defineTool({ name, description: name, parameters: z.object({}), repeatable, execute });
}

/** What a process that dies leaves: the steps as they were written down until then, read as the next one does. */
function createStore() {
  const steps: AgentStep[] = [];
  return {
    checkpoint(index: number, step: AgentStep): Promise<void> {
      steps[index] = step;
      return Promise.resolve();
    },
    left: (): AgentStep[] => steps.map((step) => agentStepSchema.parse(JSON.parse(JSON.stringify(step)))),
  };
}

const calls = ['pay', 'look', 'post'].map((name) => callTool(name));

/** A process that dies while `pay` is under way, `post` has ended, and `look` has ended, which may be repeated. */
async function dieInTheMiddle() {
  const store = createStore();
  const made: string[] = [];
  const death = new AbortController();
  const end = (name: string) => () => {
    made.push(name);
    return `${name} done`;
  };
  const tools = [
    createTool('pay', false, async (_, __, signal) => {
      made.push('pay');
      setTimeout(() => {
        death.abort(new Error('killed'));
      }, 10);
      return hangUntilAborted(signal);
    }),
    createTool('look', true, end('look')),
    createTool('post', false, end('post')),
  ];
  const model = createScriptedModel({ text: 'Let me do that.', toolCalls: calls }, { text: 'never' });
  await runInTest(model, tools, { task: { checkpoint: store.checkpoint }, signal: death.signal });
  expect(made).toEqual(['pay', 'look', 'post']);
  return store;
}

test('FAULTS 14, 27: a tool that is not safe to repeat and was under way at a crash is reported, not repeated', async () => {
  const store = await dieInTheMiddle();
  const made: string[] = [];
  const tools = ['pay', 'look', 'post'].map((name) =>
    createTool(name, name === 'look', () => {
      made.push(name);
      return `${name} done again`;
    }),
  );
  const model = createScriptedModel({ text: 'That is all.' });
  const task = { checkpoint: store.checkpoint, finishedSteps: store.left() };
  const { outcome, said } = await runInTest(model, tools, { task });
  expect(made).not.toContain('pay');
  expect(made).not.toContain('post');
  expect(model.requests).toHaveLength(1);
  expect(model.requests[0]?.messages.slice(2)).toEqual([
    { role: 'assistant', content: 'Let me do that.', toolCalls: calls },
    {
      role: 'tool',
      toolCallId: calls[0]?.id,
      content: expect.stringMatching(/not known.*not made again/) as string,
    },
    { role: 'tool', toolCallId: calls[1]?.id, content: expect.stringMatching(/^look done/) as string },
    { role: 'tool', toolCallId: calls[2]?.id, content: 'post done' },
  ]);
  expect(outcome).toMatchObject({ stopReason: 'answered', unknownTools: ['pay'], steps: 2 });
  expect(said).toBe('Let me do that.\n\nThat is all.');
  // Killed once more after that: it stays reported.
  const once = await runInTest(createScriptedModel({ text: 'Yes.' }), tools, {
    task: { finishedSteps: store.left() },
  });
  expect(once.outcome.unknownTools).toEqual(['pay']);
});

test('a step whose tools may all be repeated is written down when it has ended, and not before', async () => {
  const written: AgentStep[] = [];
  const look = createTool('look', true, () => 'seen');
  const model = createScriptedModel({ toolCalls: [callTool('look')] }, { text: 'Done.' });
  const checkpoint = (_: number, step: AgentStep): Promise<void> => {
    written.push(step);
    return Promise.resolve();
  };
  await runInTest(model, [look], { task: { checkpoint } });
  expect(written.map(({ isUnderWay }) => isUnderWay)).toEqual([undefined]);
});

test('FAULTS 14: a tool that writes and fails is not called again by itself', async () => {
  let made = 0;
  const post = createTool('post', false, () => {
    made += 1;
    throw new Error('the answer was lost');
  });
  const model = createScriptedModel({ toolCalls: [callTool('post')] }, { text: 'It failed.' });
  const { outcome } = await runInTest(model, [post]);
  expect(made).toBe(1);
  expect(outcome).toMatchObject({ stopReason: 'answered', text: 'It failed.' });
  expect(outcome.unknownTools).toBeUndefined();
});
