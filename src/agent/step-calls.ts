import type { AgentRun } from './agent-run.ts';
import type { AgentStep, ToolResult } from './ports.ts';
import { runToolCalls } from './tool-calls.ts';

const UNKNOWN =
  'Error: the bot was stopped in the middle of this call. Whether it took effect is not known, and it was not made ' +
  'again. Tell the person so.';

/**
 * Makes the tool calls of a step. Where one of them is not safe to repeat, the step is written down before the first
 * call and after each such one, so that a process that takes the run up again knows what may have happened: a call
 * that had ended keeps its result, one that cannot be repeated is reported instead, and the others are made again.
 *
 * `begun`: the step as an earlier process left it. Rejects only with the signal's reason.
 */
export function runStepCalls(
  step: AgentStep,
  run: AgentRun,
  signal: AbortSignal,
  begun?: AgentStep,
): Promise<readonly ToolResult[]> {
  const calls = step.reply.toolCalls;
  const isOnce = begun !== undefined || calls.some(({ name }) => !isRepeatable(name, run));
  return isOnce ? runOnce(step, run, signal, begun) : runToolCalls(calls, run, signal);
}

async function runOnce(
  step: AgentStep,
  run: AgentRun,
  signal: AbortSignal,
  begun?: AgentStep,
): Promise<readonly ToolResult[]> {
  const { task, transcript } = run;
  const calls = step.reply.toolCalls;
  const known = new Map<string, ToolResult>();
  if (begun) {
    for (const result of begun.results) known.set(result.toolCallId, result);
    for (const { id, name } of calls) {
      if (!known.has(id) && !isRepeatable(name, run)) known.set(id, toUnknownResult(id, name));
    }
  }
  const writeDown = async (): Promise<void> => {
    await task.checkpoint?.(transcript.steps, { ...step, results: [...known.values()], isUnderWay: true });
  };
  if (!begun) await writeDown();
  signal.throwIfAborted();
  const results = await runToolCalls(
    calls.filter(({ id }) => !known.has(id)),
    run,
    signal,
    async (result) => {
      known.set(result.toolCallId, result);
      if (!isRepeatable(result.name, run)) await writeDown();
    },
  );
  for (const result of results) known.set(result.toolCallId, result);
  return calls.flatMap(({ id }) => known.get(id) ?? []);
}

function isRepeatable(name: string, { ports }: AgentRun): boolean {
  return ports.tools.find((tool) => tool.name === name)?.repeatable ?? true;
}

function toUnknownResult(toolCallId: string, name: string): ToolResult {
  return { toolCallId, name, content: UNKNOWN, isError: true, durationMs: 0, isUnknown: true };
}
