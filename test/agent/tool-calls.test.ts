import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ToolResult } from '../../src/agent/ports.ts';
import { MAX_RESULT_LENGTH } from '../../src/agent/tool-calls.ts';
import { SwitchboardError } from '../../src/errors.ts';
import type { ToolCall } from '../../src/memory/chat-message.ts';
import { defineTool, type Tool } from '../../src/tools/tool.ts';
import { runInTest, type Ran } from './run-in-test.ts';
import { callTool, createScriptedModel, hangUntilAborted } from './scripted-model.ts';

function createTool(name: string, execute: Tool['execute'], extra: Partial<Tool> = {}): Tool {
  return {
    ...defineTool({ name, description: name, parameters: z.object({}), repeatable: true, execute }),
    ...extra,
  };
}

const good = createTool('good', () => 'the good result');
const hanging = createTool('hanging', () => new Promise(() => undefined), { timeoutMs: 30 });
const throwing = createTool('throwing', () => {
  throw new SwitchboardError('x', 'It broke');
});
const strict = defineTool({
  name: 'strict',
  description: 'strict',
  parameters: z.object({ count: z.number() }),
  repeatable: true,
  execute: ({ count }) => String(count),
});

/** Runs one step with the calls, then an answer. */
async function runStep(
  calls: readonly ToolCall[],
  tools: readonly Tool[],
  options: Parameters<typeof runInTest>[2] = {},
): Promise<Ran & { results: readonly ToolResult[]; ended: string[] }> {
  const ran = await runInTest(
    createScriptedModel({ toolCalls: [...calls] }, { text: 'Done.' }),
    tools,
    options,
  );
  const step = ran.events.find((event) => event.type === 'step-end');
  const ended = ran.events.flatMap((event) => (event.type === 'tool-call-end' ? [event.result.name] : []));
  return { ...ran, results: step?.step.results ?? [], ended };
}

describe('tool calls of a step', () => {
  test('are made at once; results come in the order of the calls, events in the order of the ends', async () => {
    let active = 0;
    let peak = 0;
    const sleeping = (name: string, ms: number): Tool =>
      createTool(name, async () => {
        active += 1;
        peak = Math.max(peak, active);
        await delay(ms);
        active -= 1;
        return name;
      });
    const { results, ended, outcome } = await runStep(
      [callTool('slow'), callTool('quick')],
      [sleeping('slow', 80), sleeping('quick', 50)],
    );
    expect(peak).toBe(2);
    expect(results.map(({ content }) => content)).toEqual(['slow', 'quick']);
    expect(ended).toEqual(['quick', 'slow']);
    expect(outcome.messages.slice(1, 3).map(({ content }) => content)).toEqual(['slow', 'quick']);
    expect(results[0]?.durationMs).toBeGreaterThanOrEqual(75);
  });

  test('stay within the limit of a run', async () => {
    let active = 0;
    let peak = 0;
    const counted = createTool('counted', async () => {
      active += 1;
      peak = Math.max(peak, active);
      await delay(5);
      active -= 1;
      return 'ok';
    });
    const calls = Array.from({ length: 9 }, () => callTool('counted'));
    const { results } = await runStep(calls, [counted], { limits: { maxParallelToolCalls: 3 } });
    expect(peak).toBe(3);
    expect(results.map(({ toolCallId }) => toolCallId)).toEqual(calls.map(({ id }) => id));
  });

  test('FAULTS 13: one that never returns, one that throws and malformed arguments leave the good one alone', async () => {
    const model = createScriptedModel(
      {
        toolCalls: [
          callTool('hanging'),
          callTool('throwing'),
          callTool('good', '{"broken'),
          callTool('strict', { count: 'three' }),
          callTool('nowhere'),
          callTool('good'),
        ],
      },
      { text: 'Done.' },
    );
    const { outcome } = await runInTest(model, [hanging, throwing, strict, good]);
    const seen = model.requests[1]?.messages.slice(3).map(({ content }) => content);
    expect(seen).toEqual([
      expect.stringMatching(/^Error: The tool hanging took longer than 30 ms/),
      'Error: It broke',
      expect.stringMatching(/^Error: The arguments are not valid JSON/),
      expect.stringMatching(/^Error: The arguments do not fit the tool:[^]*count/),
      'Error: There is no tool named "nowhere". There are: hanging, throwing, strict, good.',
      'the good result',
    ]);
    expect(outcome.stopReason).toBe('answered');
  });

  test('FAULTS 13: a tool that ignores its deadline is told to stop, and what it does later is not heard', async () => {
    let toolSignal: AbortSignal | undefined;
    let finish: ((text: string) => void) | undefined;
    const deaf = createTool(
      'deaf',
      (_, __, signal) => {
        toolSignal = signal;
        return new Promise((resolve) => (finish = resolve));
      },
      { timeoutMs: 20 },
    );
    const { results, events } = await runStep([callTool('deaf')], [deaf]);
    expect(toolSignal?.aborted).toBe(true);
    expect(results).toMatchObject([{ isError: true }]);
    const { length } = events;
    finish?.('late');
    await delay(1);
    expect(events).toHaveLength(length);
  });

  test('FAULTS 17: no text, too much text and empty arguments have their outcomes', async () => {
    const silent = createTool('silent', () => undefined as unknown as string);
    const chatty = createTool('chatty', () => '🔥'.repeat(MAX_RESULT_LENGTH));
    const { results } = await runStep(
      [
        callTool('silent'),
        callTool('chatty'),
        callTool('good', ''),
        callTool('good', '[]'),
        callTool('good', 'null'),
      ],
      [silent, chatty, good],
    );
    expect(results.map(({ isError }) => isError)).toEqual([true, false, false, true, true]);
    expect(results[1]?.content.length).toBeLessThanOrEqual(MAX_RESULT_LENGTH);
    expect(results[1]?.content.isWellFormed()).toBe(true);
    expect(results[1]?.content).toContain('shortened from');
  });

  test('FAULTS 8: an abort stops running tools, starts no waiting ones and leaves no call without its result', async () => {
    const abort = new AbortController();
    const stopped: string[] = [];
    const patient = createTool('patient', async (_, __, signal) => {
      await hangUntilAborted(signal).catch(() => stopped.push('patient'));
      return 'late';
    });
    const calls = [callTool('patient'), callTool('patient'), callTool('patient')];
    const model = createScriptedModel({ text: 'Let me see.', toolCalls: calls });
    const { outcome, events } = await runInTest(model, [patient], {
      signal: abort.signal,
      limits: { maxParallelToolCalls: 2 },
      onEvent: ({ type }) => {
        if (type === 'tool-call-start')
          setTimeout(() => {
            abort.abort();
          }, 5);
      },
    });
    expect(outcome).toMatchObject({ stopReason: 'cancelled', text: 'Let me see.' });
    expect(outcome.messages).toEqual([{ role: 'assistant', content: 'Let me see.' }]);
    expect(stopped).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'tool-call-start')).toHaveLength(2);
  });
});
