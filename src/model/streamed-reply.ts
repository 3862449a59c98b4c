import { ModelError } from '../errors.ts';
import { toStreamedError } from './model-error.ts';
import type { ModelReply, Usage } from './ports.ts';
import { ToolCallCollector, type WireToolCall } from './tool-call-collector.ts';
import { VisibleText } from './visible-text.ts';
import {
  errorOf,
  firstChoiceOf,
  parseChunk,
  toFinishReason,
  toText,
  toUsage,
  type WireChoice,
  type WireDelta,
} from './wire-chunk.ts';

/** Characters of text (reasoning included) in one reply; the rest is cut off as if by the model's own limit. */
export const MAX_TEXT_LENGTH = 1_000_000;

/** Builds a reply from the payloads of a stream. Accepts what the known servers make of the format. */
export class StreamedReply {
  readonly #visible = new VisibleText();
  readonly #calls: ToolCallCollector;
  /** Visible text since the last `takeText`. */
  #fresh = '';
  #hasText = false;
  #textLength = 0;
  #refusal = '';
  #finish: string | undefined;
  #usage: Usage | undefined;
  #model: string | undefined;
  #hasChoice = false;
  #isDone = false;
  #contentCount = 0;

  /** `toolNames`: of the tools that the model was told of. */
  constructor(toolNames: readonly string[] = []) {
    this.#calls = new ToolCallCollector(toolNames);
  }

  /** How many payloads held content so far (text, reasoning, refusal, tool calls, an end): signs of life. */
  get contentCount(): number {
    return this.#contentCount;
  }

  /** The model has finished; what may still come is the usage. */
  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  /** The server said that nothing more comes. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The cap on text is reached; nothing more is wanted. */
  get isFull(): boolean {
    return this.#textLength >= MAX_TEXT_LENGTH;
  }

  /** Throws ModelError where the payload is no chunk, or is an error that the server sent. */
  add(payload: string): void {
    const trimmed = payload.trim();
    if (trimmed === '[DONE]') this.#end();
    // An empty event keeps the connection alive.
    else if (trimmed !== '') this.#addChunk(payload);
  }

  /** The same for an answer in one piece, which needs no word that it is over. */
  addWhole(payload: string): void {
    this.#addChunk(payload);
    if (this.#hasChoice) this.#finish ??= 'stop';
  }

  /** Visible text that came since the last time. */
  takeText(): string {
    const text = this.#fresh;
    this.#fresh = '';
    return text;
  }

  /** The stream has ended. Throws ModelError `interrupted` where the model had not. `model`: what was asked for. */
  end(model: string): ModelReply {
    const toolCalls = this.#calls.finish();
    const finishReason =
      this.#finish === undefined ? undefined : toFinishReason(this.#finish, toolCalls.length > 0);
    if (finishReason === undefined) {
      throw new ModelError('interrupted', "The model's stream ended before the answer did");
    }
    this.#fresh += this.#visible.end();
    return {
      text: this.#visible.text,
      ...(this.#refusal === '' ? {} : { refusal: this.#refusal }),
      toolCalls,
      finishReason,
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      model: this.#model ?? model,
    };
  }

  /** Not every server says why the model ended; that it has is enough. */
  #end(): void {
    this.#isDone = true;
    this.#finish ??= 'stop';
  }

  #addChunk(payload: string): void {
    let chunk;
    try {
      chunk = parseChunk(payload);
    } catch (error) {
      // A server, or what stands before it, left out the blank lines between its events.
      const lines = payload.split('\n');
      if (lines.length === 1) throw error;
      for (const line of lines) this.add(line);
      return;
    }
    const error = errorOf(chunk);
    if (error !== undefined) throw toStreamedError(error);
    if (typeof chunk.model === 'string' && chunk.model !== '') this.#model ??= chunk.model;
    this.#usage = toUsage(chunk.usage) ?? this.#usage;
    const choice = firstChoiceOf(chunk);
    if (choice) this.#addChoice(choice);
  }

  #addChoice({ delta, message, finish_reason: reason }: WireChoice): void {
    this.#hasChoice = true;
    let hasContent = this.#addDelta(delta);
    // What came piece by piece is not taken again from a message that repeats it.
    if (typeof message === 'object' && message !== null) {
      const { content, refusal, tool_calls, function_call, ...others } = message;
      const rest: WireDelta = {
        ...others,
        ...(!this.#hasText && { content }),
        ...(this.#refusal === '' && { refusal }),
        ...(this.#calls.isEmpty && { tool_calls, ...(function_call && { function_call }) }),
      };
      hasContent = this.#addDelta(rest) || hasContent;
    }
    // Said again, it is no sign of life.
    if (typeof reason === 'string' && reason !== '' && this.#finish === undefined) {
      this.#finish = reason;
      hasContent = true;
    }
    if (hasContent) this.#contentCount += 1;
  }

  #addDelta(delta: WireDelta | null | undefined): boolean {
    if (typeof delta !== 'object' || delta === null) return false;
    const text = toText(delta.content);
    const reasoning = lengthOf(delta.reasoning_content) + lengthOf(delta.reasoning);
    let hasContent = text !== '' || reasoning > 0;
    this.#hasText ||= text !== '';
    if (hasContent) this.#addText(text, reasoning);
    if (typeof delta.refusal === 'string' && delta.refusal !== '') {
      this.#refusal = (this.#refusal + delta.refusal).slice(0, MAX_TEXT_LENGTH);
      hasContent = true;
    }
    if (Array.isArray(delta.tool_calls)) {
      for (const call of delta.tool_calls as (WireToolCall | null)[]) {
        if (call !== null && this.#calls.add(call)) hasContent = true;
      }
    }
    if (delta.function_call && this.#calls.add({ index: 0, function: delta.function_call }))
      hasContent = true;
    return hasContent;
  }

  #addText(text: string, reasoningLength: number): void {
    const left = MAX_TEXT_LENGTH - this.#textLength;
    this.#textLength += text.length + reasoningLength;
    this.#fresh += this.#visible.push(text.length > left ? text.slice(0, Math.max(0, left)) : text);
    if (this.isFull) this.#finish = 'length';
  }
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}
