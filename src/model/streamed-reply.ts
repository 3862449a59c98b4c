import { ModelError } from '../errors.ts';
import { DeltaTemplate } from './delta-template.ts';
import { toStreamedError } from './model-error.ts';
import type { FinishReason, ModelReply, Usage } from './ports.ts';
import { ToolCallCollector, type WireToolCall } from './tool-call-collector.ts';
import { VisibleText } from './visible-text.ts';

/** Characters of text (reasoning included) in one reply; the rest is cut off as if by the model's own limit. */
export const MAX_TEXT_LENGTH = 1_000_000;

/** A chunk as servers send it; every field may be missing or of another type. */
interface WireChunk {
  readonly model?: unknown;
  readonly choices?: unknown;
  readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown } | null;
  readonly error?: unknown;
}

interface WireChoice {
  readonly index?: unknown;
  readonly delta?: WireDelta | null;
  /** In place of `delta` where a server answers unstreamed. */
  readonly message?: WireDelta | null;
  readonly finish_reason?: unknown;
}

interface WireDelta {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
  readonly tool_calls?: unknown;
  readonly function_call?: WireToolCall['function'];
}

/** Builds a reply from the payloads of a stream. Accepts what the known servers make of the format. */
export class StreamedReply {
  readonly #visible = new VisibleText();
  readonly #calls = new ToolCallCollector();
  readonly #template = new DeltaTemplate();
  /** Visible text since the last `takeText`. */
  #fresh = '';
  #textLength = 0;
  #refusal = '';
  #finish: string | undefined;
  #usage: Usage | undefined;
  #model: string | undefined;
  #isDone = false;
  #contentCount = 0;

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
    if (payload === '[DONE]') {
      this.#isDone = true;
      return;
    }
    const text = this.#template.read(payload);
    if (text !== undefined) {
      if (text === '') return;
      this.#addText(text, 0);
      this.#contentCount += 1;
      return;
    }
    const chunk = parseChunk(payload);
    const plainText = toPlainText(chunk);
    if (plainText !== undefined) this.#template.learn(payload, plainText);
    if (chunk.error !== undefined && chunk.error !== null) throw toStreamedError(chunk.error);
    if (typeof chunk.model === 'string' && chunk.model !== '') this.#model ??= chunk.model;
    this.#usage = toUsage(chunk.usage) ?? this.#usage;
    if (!Array.isArray(chunk.choices)) return;
    for (const choice of chunk.choices as (WireChoice | null)[]) {
      // Only one answer is asked for; a server that sends more has its first read.
      if (choice !== null && (choice.index === undefined || choice.index === 0)) this.#addChoice(choice);
    }
  }

  /** Visible text that came since the last time. */
  takeText(): string {
    const text = this.#fresh;
    this.#fresh = '';
    return text;
  }

  /** The stream has ended. Throws ModelError `interrupted` where the model had not. `model`: what was asked for. */
  end(model: string): ModelReply {
    if (this.#finish === undefined || this.#finish === 'error') {
      throw new ModelError('interrupted', "The model's stream ended before the answer did");
    }
    this.#fresh += this.#visible.end();
    const toolCalls = this.#calls.finish();
    return {
      text: this.#visible.text,
      ...(this.#refusal === '' ? {} : { refusal: this.#refusal }),
      toolCalls,
      finishReason: toFinishReason(this.#finish, toolCalls.length > 0),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      model: this.#model ?? model,
    };
  }

  #addChoice(choice: WireChoice): void {
    const delta = choice.delta ?? choice.message;
    let hasContent = false;
    if (typeof delta === 'object' && delta !== null) hasContent = this.#addDelta(delta);
    if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') {
      this.#finish ??= choice.finish_reason;
      hasContent = true;
    }
    if (hasContent) this.#contentCount += 1;
  }

  #addDelta(delta: WireDelta): boolean {
    const text = typeof delta.content === 'string' ? delta.content : toTextOfParts(delta.content);
    const reasoning = lengthOf(delta.reasoning_content) + lengthOf(delta.reasoning);
    let hasContent = text !== '' || reasoning > 0;
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

function parseChunk(payload: string): WireChunk {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (error) {
    throw new ModelError('interrupted', "The model's stream holds something that is not JSON", {
      cause: error,
    });
  }
  return typeof value === 'object' && value !== null ? value : {};
}

/** The piece of text of a chunk that holds nothing else for us. */
function toPlainText({ choices, usage, error }: WireChunk): string | undefined {
  if (!Array.isArray(choices) || choices.length !== 1 || (usage ?? error ?? null) !== null) return undefined;
  const [choice] = choices as (WireChoice | null)[];
  const delta = choice?.delta;
  if (choice?.index !== 0 || (choice.finish_reason ?? null) !== null) return undefined;
  if (typeof delta !== 'object' || delta === null || typeof delta.content !== 'string') return undefined;
  const isAlone = OTHER_FIELDS.every((field) => (delta[field] ?? null) === null);
  return isAlone ? delta.content : undefined;
}

const OTHER_FIELDS = [
  'refusal',
  'reasoning_content',
  'reasoning',
  'tool_calls',
  'function_call',
] as const satisfies (keyof WireDelta)[];

function toUsage(usage: WireChunk['usage']): Usage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage;
  if (typeof inputTokens !== 'number') return undefined;
  return { inputTokens, outputTokens: typeof outputTokens === 'number' ? outputTokens : 0 };
}

/** Some servers send content as a list of typed parts. */
function toTextOfParts(content: unknown): string {
  if (!Array.isArray(content)) return '';
  let text = '';
  for (const part of content as ({ type?: unknown; text?: unknown } | null)[]) {
    if (part?.type === 'text' && typeof part.text === 'string') text += part.text;
  }
  return text;
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

function toFinishReason(reason: string, hasToolCalls: boolean): FinishReason {
  if (reason === 'length' || reason === 'max_tokens') return 'length';
  if (reason === 'content_filter') return 'content-filter';
  // Servers disagree on what to say beside tool calls ('tool_calls', 'function_call', 'stop'), so the calls decide.
  return hasToolCalls ? 'tool-calls' : 'stop';
}
