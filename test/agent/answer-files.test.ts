import { expect, test } from 'vitest';
import { z } from 'zod';
import { agentStepSchema } from '../../src/agent/agent-step.ts';
import type { AgentStep } from '../../src/agent/ports.ts';
import { defineTool, type ToolFile } from '../../src/tools/tool.ts';
import { runInTest } from './run-in-test.ts';
import { createScriptedModel } from './scripted-model.ts';

const toFile = (name: string, size = 4): ToolFile => {
  return { name, contentType: 'text/plain', data: new Uint8Array(size).fill(97) };
};

function drawing(files: readonly ToolFile[]) {
  return defineTool({
    name: 'draw',
    description: 'Draws',
    parameters: z.object({}),
    repeatable: true,
    execute: () => ({ text: 'It is drawn.', files }),
  });
}

const call = { toolCalls: [{ id: 'c', name: 'draw', arguments: '{}' }] };

test('files of tools go with the outcome; the model sees the text alone', async () => {
  const model = createScriptedModel(call, { text: 'Here.' });
  const { outcome } = await runInTest(model, [drawing([toFile('a.txt'), toFile('b.txt')])]);
  expect(outcome.files).toEqual([
    { name: 'a.txt', contentType: 'text/plain', base64: 'YWFhYQ==' },
    { name: 'b.txt', contentType: 'text/plain', base64: 'YWFhYQ==' },
  ]);
  expect(outcome.messages).toContainEqual({ role: 'tool', toolCallId: 'c', content: 'It is drawn.' });
});

test('FAULTS 27: a step that was written down brings its files back', async () => {
  const first = createScriptedModel(call, { text: 'Here.' });
  const { events, outcome } = await runInTest(first, [drawing([toFile('a.txt')])]);
  const steps = events.flatMap((event) => (event.type === 'step-end' ? [event.step] : []));
  const written = JSON.parse(JSON.stringify(steps[0])) as AgentStep;
  const finishedSteps = [agentStepSchema.parse(written)];
  const resumed = await runInTest(createScriptedModel({ text: 'Here.' }), [], { task: { finishedSteps } });
  expect(resumed.outcome.files).toEqual(outcome.files);
});

test.each([
  ['too many', Array.from({ length: 11 }, (_, index) => toFile(`${index}.txt`)), /at most 10 files/],
  ['too large', [toFile('a.bin', 9 * 1024 * 1024)], /larger than 8 MB/],
])('%s files are an error that the model sees', async (_, files, words) => {
  const model = createScriptedModel(call, { text: 'Sorry.' });
  const { outcome } = await runInTest(model, [drawing(files)]);
  expect(outcome.files).toBeUndefined();
  expect(outcome.messages).toContainEqual(
    expect.objectContaining({ role: 'tool', content: expect.stringMatching(words) as string }),
  );
});
