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
  /** The model that answered. */
  readonly model: string;
}

export interface Model {
  /**
   * One streamed model call. `onText` is called synchronously with each piece of visible text as it arrives and
   * must not throw; the reply holds the whole. A stream that ends without a finish reason is an error.
   * Throws ModelError; rejects with the signal's reason on abort. The connection is closed in either case.
   */
  complete(request: ModelRequest, onText: (delta: string) => void, signal: AbortSignal): Promise<ModelReply>;
  /** Estimated tokens of a text, calibrated by the usage that the server reports. */
  countTokens(text: string): number;
}
