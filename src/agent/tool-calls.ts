import pLimit from 'p-limit';
import { z } from 'zod';
import { TimeoutError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import { capText } from '../lib/shorten.ts';
import type { ToolCall } from '../memory/chat-message.ts';
import type { Tool, ToolOutput } from '../tools/tool.ts';
import type { AgentRun } from './agent-run.ts';
import { toAnswerFiles, type AnswerFile } from './answer-file.ts';
import type { ToolResult } from './ports.ts';

/** Awaited before the call counts as ended. Must not reject. */
type OnResult = (result: ToolResult) => Promise<void>;

/** Characters of a result that the model sees; the rest is cut off with a notice. */
export const MAX_RESULT_LENGTH = 16_000;

/**
 * Makes all calls of a step at once, within the limit, and resolves with their results in the order of the calls.
 * Whatever goes wrong with a call is its result, marked as an error, and leaves the others alone. Rejects only
 * with the signal's reason, and then at once.
 */
export function runToolCalls(
  calls: readonly ToolCall[],
  run: AgentRun,
  signal: AbortSignal,
  onResult?: OnResult,
): Promise<ToolResult[]> {
  const { maxParallelToolCalls } = run.ports.limits;
  if (calls.length > maxParallelToolCalls) return runSomeAtOnce(calls, run, signal, onResult);
  return Promise.all(calls.map((call) => runToolCall(call, run, signal, onResult)));
}

async function runSomeAtOnce(
  calls: readonly ToolCall[],
  run: AgentRun,
  signal: AbortSignal,
  onResult?: OnResult,
): Promise<ToolResult[]> {
  const limit = pLimit({ concurrency: run.ports.limits.maxParallelToolCalls, rejectOnClear: true });
  const clear = (): void => {
    limit.clearQueue();
  };
  signal.addEventListener('abort', clear, { once: true });
  try {
    return await Promise.all(calls.map((call) => limit(() => runToolCall(call, run, signal, onResult))));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', clear);
  }
}

/** The results of calls that are not made, for one reason. */
export function refuseToolCalls(calls: readonly ToolCall[], reason: string): ToolResult[] {
  return calls.map(({ id, name }) => ({
    toolCallId: id,
    name,
    content: reason,
    isError: true,
    durationMs: 0,
  }));
}

async function runToolCall(
  call: ToolCall,
  run: AgentRun,
  signal: AbortSignal,
  onResult: OnResult | undefined,
): Promise<ToolResult> {
  signal.throwIfAborted();
  const startedAt = performance.now();
  run.emit({ type: 'tool-call-start', toolCallId: call.id, name: call.name });
  let content: string;
  let files: readonly AnswerFile[] = [];
  let isError = false;
  try {
    const output = toToolOutput(await execute(call, run, signal));
    files = toAnswerFiles(output.files);
    content = output.text;
  } catch (error) {
    signal.throwIfAborted();
    content = describeFailure(error);
    isError = true;
  }
  const result: ToolResult = {
    toolCallId: call.id,
    name: call.name,
    content: capText(content, MAX_RESULT_LENGTH),
    isError,
    durationMs: Math.round(performance.now() - startedAt),
    ...(files.length > 0 && { files }),
  };
  run.emit({ type: 'tool-call-end', result });
  await onResult?.(result);
  return result;
}

/** Throws where the call is not one of a tool's. */
function execute(
  call: ToolCall,
  { ports: { tools, limits }, task: { context } }: AgentRun,
  signal: AbortSignal,
): Promise<unknown> {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) {
    const names = tools.map(({ name }) => name).join(', ');
    throw new Error(`There is no tool named "${call.name}". There are: ${names || 'none'}.`);
  }
  const args = parseArguments(call.arguments, tool);
  const timeoutMs = tool.timeoutMs ?? limits.toolTimeoutMs;
  return withDeadline(`The tool ${tool.name}`, timeoutMs, signal, ({ signal: toolSignal }) =>
    // A tool that was not written in TypeScript may give back no promise.
    Promise.resolve(tool.execute(args, context, toolSignal)),
  );
}

function toToolOutput(result: unknown): ToolOutput {
  if (typeof result === 'string') return { text: result, files: [] };
  if (isToolOutput(result)) return result;
  throw new Error('The tool returned no text.');
}

function isToolOutput(result: unknown): result is ToolOutput {
  if (typeof result !== 'object' || result === null || !('text' in result) || !('files' in result))
    return false;
  return typeof result.text === 'string' && Array.isArray(result.files);
}

function parseArguments(text: string, tool: Tool): Record<string, unknown> {
  let value: unknown;
  try {
    // Models leave the arguments of a tool that needs none empty.
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Error(`The arguments are not valid JSON: ${detail}`, { cause: error });
  }
  const parsed = tool.parameters.safeParse(value);
  if (!parsed.success)
    throw new Error(`The arguments do not fit the tool:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function describeFailure(error: unknown): string {
  if (error instanceof TimeoutError) return `Error: ${error.message}; it was stopped.`;
  const message = error instanceof Error ? error.message : String(error);
  return `Error: ${message || 'the tool failed without saying why'}`;
}
