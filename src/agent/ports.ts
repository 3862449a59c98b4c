import type { AnswerFile } from './answer-file.ts';
import type { ChatMessage } from '../memory/chat-message.ts';
import type { Model, ModelReply, Usage } from '../model/ports.ts';
import type { Tool, ToolContext } from '../tools/tool.ts';

export interface AgentLimits {
  readonly maxSteps: number;
  readonly maxParallelToolCalls: number;
  readonly toolTimeoutMs: number;
  /** Of one model call, with all that is repeated of it. */
  readonly stepTimeoutMs: number;
  readonly runTimeoutMs: number;
  /** Tokens that the messages of a model call may take together. */
  readonly maxInputTokens: number;
}

/** What one run of the agent is to do. `messages`: system prompt, earlier turns, what is asked. */
export interface AgentTask {
  readonly messages: readonly ChatMessage[];
  /** How many of the last messages are what is asked (1). */
  readonly questionCount?: number;
  /** No tool is called before it resolves (at once). */
  readonly mayAct?: Promise<unknown>;
  readonly context: ToolContext;
  readonly model?: string;
  /** Steps that an earlier process wrote down, in order; they are not made again. The last may be under way. */
  readonly finishedSteps?: readonly AgentStep[];
  /**
   * Writes a step down: a finished one before the next one begins, and one under way around tool calls that are not
   * safe to repeat. The same index again takes the place of what was written. Must not reject.
   */
  readonly checkpoint?: (index: number, step: AgentStep) => Promise<void>;
  /** Asked before each model call but the first: what was said meanwhile and joins the run. */
  readonly takeSteering?: () => readonly ChatMessage[];
}

/** One model call and the results of its tool calls, in the order of the calls: what a checkpoint keeps. */
export interface AgentStep {
  /** What was said while the step before was at work and joined the run before this one. */
  readonly steering?: readonly ChatMessage[];
  readonly reply: ModelReply;
  readonly results: readonly ToolResult[];
  /** Its tool calls had begun, and only those with a result had ended. */
  readonly isUnderWay?: true;
}

export interface ToolResult {
  readonly toolCallId: string;
  readonly name: string;
  readonly content: string;
  readonly isError: boolean;
  readonly durationMs: number;
  /** A process died during the call, which is not safe to repeat. */
  readonly isUnknown?: true;
  /** What goes with the answer. The model is told of it by `content`. */
  readonly files?: readonly AnswerFile[];
}

export interface AgentPorts {
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly limits: AgentLimits;
}

export type AgentEvent =
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'tool-call-start'; readonly toolCallId: string; readonly name: string }
  /** In the order in which calls finish. */
  | { readonly type: 'tool-call-end'; readonly result: ToolResult }
  /** A checkpoint. */
  | { readonly type: 'step-end'; readonly index: number; readonly step: AgentStep }
  | { readonly type: 'run-end'; readonly outcome: AgentOutcome };

export type StopReason =
  /** The model finished its answer. */
  | 'answered'
  /** The answer hit the model's output limit: what there is stands, and the person is told. */
  | 'length'
  /** The model refused, in words of its own. */
  | 'refused'
  /** The provider's content filter cut the answer off, or left nothing of it. */
  | 'filtered'
  /** The model said nothing, twice: there is no answer, though words may stand before its tool calls. */
  | 'empty'
  | 'max-steps'
  /** The same calls with the same arguments again and again. */
  | 'repeated-tool-calls'
  /** The run's time was over. */
  | 'timeout'
  | 'cancelled'
  /** The conversation does not fit the window even when trimmed. */
  | 'context-too-long'
  | 'model-error';

/** How a run of the agent ended. The agent never throws: a failure is an outcome. */
export interface AgentOutcome {
  readonly stopReason: StopReason;
  /** The visible answer of all steps; may be part of one where the run did not end well. */
  readonly text: string;
  /** What tools made for the person, in the order of their calls; none is absent. */
  readonly files?: readonly AnswerFile[];
  /** What the run added to the conversation: assistant and tool messages, ready to be remembered. */
  readonly messages: readonly ChatMessage[];
  readonly steps: number;
  readonly usage: Usage;
  /** The model that answered, at least in part, in place of the one that could not be reached. */
  readonly fallbackModel?: string;
  /** The conversation was too long for the model even when trimmed: it answered the question alone. */
  readonly isWithoutEarlier?: true;
  /** Names of tools of which is not known whether they took effect; none is absent. */
  readonly unknownTools?: readonly string[];
  /** The error behind `model-error` and `timeout`, for the log. */
  readonly error?: unknown;
}
