import type { ChatMessage, ToolCall } from '../memory/chat-message.ts';

/** A tool as it is described to the model. `parameters` is a JSON Schema of an object. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  /** A model's name; the configured one when absent. */
  readonly model?: string;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolDescription[];
  /** Who asks; sent only as a keyed hash. */
  readonly userId: string;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter';

export interface ModelReply {
  readonly text: string;
  /** The model's own words of refusal, where the server marks them as such. */
  readonly refusal?: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  /** As the server counted; absent where it does not say. */
  readonly usage?: Usage;
  /** The model that answered: as the server names it, or as the operator does where it is a fallback. */
  readonly model: string;
  /** It answered in place of another, which could not be reached. */
  readonly isFallback?: true;
}

export interface Model {
  /**
   * One streamed model call. `onText` is called synchronously with each piece of visible text as it arrives and
   * must not throw; the reply holds the whole. A stream that ends without a finish reason is an error.
   * Throws ModelError; rejects with the signal's reason on abort. The connection is closed in either case.
   */
  complete(request: ModelRequest, onText: (delta: string) => void, signal: AbortSignal): Promise<ModelReply>;
  /** Estimated tokens of a text, calibrated by the usage that the server reports; costs next to nothing. */
  countTokens(text: string): number;
  /**
   * Tokens of each text, nearer than the estimates: for a prompt that may not fit. Takes a moment, the first time
   * above all, so it is off the event loop. Falls back to the estimates where it cannot be had. Rejects with the
   * signal's reason on abort. Absent where a model has nothing better than its estimates.
   */
  countExactly?(texts: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
}

/** What of a logger is used here. */
export interface ModelLog {
  warn(data: Readonly<Record<string, unknown>>, message: string): void;
}
