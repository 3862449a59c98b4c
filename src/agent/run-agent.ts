import { ModelError, TimeoutError } from '../errors.ts';
import { untilAborted, withDeadline, type Deadline } from '../lib/abort.ts';
import type { ChatMessage, ToolCall } from '../memory/chat-message.ts';
import type { ModelReply } from '../model/ports.ts';
import { AgentRun } from './agent-run.ts';
import { ModelCaller } from './model-caller.ts';
import type { AgentEvent, AgentOutcome, AgentPorts, AgentStep, AgentTask, StopReason } from './ports.ts';
import { runStepCalls } from './step-calls.ts';
import { refuseToolCalls } from './tool-calls.ts';
import { toWords } from './transcript.ts';

/**
 * Answers one question. A step is one streamed model call and then all its tool calls at once; steps follow until
 * the model answers without calling a tool, or a limit ends the run.
 *
 * Events are pushed to `emit` as they happen; what `emit` throws cannot fail the run, and is in the outcome for
 * the log. The text deltas together are the outcome's text, also in a resumed run, where the text of the finished
 * steps comes first and at once. Never rejects: every failure is an outcome. When `signal` aborts or the run's
 * time is over, the model call and the tools are stopped and the outcome holds what there is. `run-end` is the
 * last event.
 */
export async function runAgent(
  task: AgentTask,
  ports: AgentPorts,
  emit: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<AgentOutcome> {
  const run = new AgentRun(task, ports, emit);
  let outcome: AgentOutcome;
  try {
    const stopReason = await withDeadline('The run', ports.limits.runTimeoutMs, signal, (deadline) =>
      takeSteps(run, deadline),
    );
    outcome = run.transcript.toOutcome(stopReason, run.listenerError);
  } catch (error) {
    outcome = run.transcript.toOutcome(
      toStopReason(error, signal),
      signal.aborted ? run.listenerError : error,
    );
  }
  run.emit({ type: 'run-end', outcome });
  run.close();
  return outcome;
}

async function takeSteps(run: AgentRun, deadline: Deadline): Promise<StopReason> {
  const { task, ports, transcript } = run;
  const { signal } = deadline;
  const caller = new ModelCaller(run);
  const repeats = new RepeatCounter();
  const left = task.finishedSteps ?? [];
  let begun = left.find(({ isUnderWay }) => isUnderWay);

  for (const step of left) {
    if (step.isUnderWay) break;
    transcript.join(step.steering ?? []);
    run.say(toWords(step.reply));
    repeats.add(step.reply.toolCalls);
    transcript.endStep(step);
    const stopReason = concludeStep(step, undefined);
    if (stopReason !== undefined) return stopReason;
  }

  for (;;) {
    // At a limit the model is asked once more, without tools, so that the person gets an answer.
    const limit = repeats.isOver
      ? 'repeated-tool-calls'
      : transcript.steps + 1 >= ports.limits.maxSteps && !begun
        ? 'max-steps'
        : undefined;
    const steering = takeSteering(run, begun);
    if (begun) run.say(toWords(begun.reply));
    const reply = begun?.reply ?? (await caller.call(limit === undefined, deadline));
    const calls = limit === undefined && !isDeclined(reply) ? reply.toolCalls : [];
    repeats.add(calls);
    const started: AgentStep = {
      ...(steering.length > 0 && { steering }),
      reply: { ...reply, toolCalls: calls },
      results: [],
    };
    signal.throwIfAborted();
    if (task.mayAct && calls.length > 0) await untilAborted(task.mayAct, signal);
    const results = repeats.isOver
      ? refuseToolCalls(calls, 'Error: this was called before with the same arguments; use those results.')
      : await runStepCalls(started, run, signal, begun);
    begun = undefined;

    const step: AgentStep = { ...started, results };
    transcript.endStep(step);
    run.emit({ type: 'step-end', index: transcript.steps - 1, step });
    const stopReason = concludeStep(step, limit === undefined ? undefined : { limit, asked: reply });
    if (stopReason !== undefined) return stopReason;
    await task.checkpoint?.(transcript.steps - 1, step);
    signal.throwIfAborted();
  }
}

/** What was said meanwhile and joins the run before the step that begins, or that an earlier process began. */
function takeSteering({ task, transcript }: AgentRun, begun: AgentStep | undefined): readonly ChatMessage[] {
  const isFirst = transcript.steps === 0;
  const steering = (begun ? begun.steering : isFirst ? undefined : task.takeSteering?.()) ?? [];
  transcript.join(steering);
  return steering;
}

/**
 * Why the run ends with this step; undefined where it goes on. What was said before tools were called is no answer:
 * the words of the last step are. `atLimit`: no more tools were to be had.
 */
function concludeStep({ reply, results }: AgentStep, atLimit: AtLimit | undefined): StopReason | undefined {
  if (reply.refusal !== undefined) return 'refused';
  if (reply.finishReason === 'content-filter') return 'filtered';
  if (results.length > 0) return undefined;
  if (reply.finishReason === 'length') return 'length';
  const isBlank = reply.text.trim() === '';
  // Words beside calls that are not made any more announce them.
  if (atLimit && (isBlank || atLimit.asked.toolCalls.length > 0)) return atLimit.limit;
  return isBlank ? 'empty' : 'answered';
}

interface AtLimit {
  readonly limit: StopReason;
  /** As the model gave it. */
  readonly asked: ModelReply;
}

function isDeclined(reply: ModelReply): boolean {
  return reply.refusal !== undefined || reply.finishReason === 'content-filter';
}

function toStopReason(error: unknown, signal: AbortSignal): StopReason {
  if (signal.aborted) return 'cancelled';
  if (error instanceof TimeoutError) return 'timeout';
  if (error instanceof ModelError) {
    if (error.kind === 'context-too-long' || error.kind === 'filtered') return error.kind;
  }
  return 'model-error';
}

/** The same calls are made twice; the third time the model is going round in circles. */
const MAX_SAME_CALLS = 2;

/** Notices a model that makes the same set of calls with the same arguments again and again. */
class RepeatCounter {
  /** The calls of each step that made some. */
  readonly #steps: (readonly ToolCall[])[] = [];
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes the calls of one step in. */
  add(calls: readonly ToolCall[]): void {
    if (calls.length === 0) return;
    this.#steps.push(calls);
    // Most runs take fewer steps than that, and need no comparison.
    if (this.#steps.length <= MAX_SAME_CALLS) return;
    const key = toKey(calls);
    if (this.#steps.filter((step) => toKey(step) === key).length > MAX_SAME_CALLS) this.#isOver = true;
  }
}

/** The same for the same calls, in whatever order. White space apart, models write the same arguments the same way. */
function toKey(calls: readonly ToolCall[]): string {
  return calls
    .map(({ name, arguments: text }) => `${name} ${text.replace(/\s+/g, ' ').trim()}`)
    .sort()
    .join('\n');
}
