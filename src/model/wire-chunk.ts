import { ModelError } from '../errors.ts';
import type { FinishReason, Usage } from './ports.ts';
import type { WireToolCall } from './tool-call-collector.ts';

/** A chunk as servers send it; every field may be missing or of another type. */
export interface WireChunk {
  /** `error` where the chunk itself is one. */
  readonly object?: unknown;
  readonly model?: unknown;
  readonly choices?: unknown;
  readonly usage?: unknown;
  readonly error?: unknown;
}

export interface WireChoice {
  readonly index?: unknown;
  readonly delta?: WireDelta | null;
  /** The whole message: in place of `delta` where a server answers unstreamed, beside it where one repeats all. */
  readonly message?: WireDelta | null;
  readonly finish_reason?: unknown;
  readonly error?: unknown;
}

export interface WireDelta {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
  readonly tool_calls?: unknown;
  readonly function_call?: WireToolCall['function'];
}

interface WireUsage {
  readonly prompt_tokens?: unknown;
  readonly completion_tokens?: unknown;
}

/** Throws ModelError `interrupted` where it is no JSON. */
export function parseChunk(payload: string): WireChunk {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (error) {
    throw new ModelError('interrupted', "The model's stream holds something that is not JSON", {
      cause: error,
    });
  }
  return isObject(value) ? value : {};
}

/** What a server says went wrong, wherever it says so; undefined where it does not. */
export function errorOf(chunk: WireChunk): unknown {
  if (chunk.object === 'error') return chunk.error || chunk;
  // An empty one, or `false`, says that there is none.
  if (chunk.error) return chunk.error;
  for (const choice of choicesOf(chunk)) {
    if (isObject(choice) && choice.error) return choice.error;
  }
  return undefined;
}

/** The one answer that is asked for: a server that sends more has its first read. */
export function firstChoiceOf(chunk: WireChunk): WireChoice | undefined {
  let place = 0;
  for (const choice of choicesOf(chunk)) {
    if (!isObject(choice)) continue;
    // Where no index says which one it is, its place does.
    const { index } = choice;
    if ((typeof index === 'number' ? index : Number(index ?? place)) === 0) return choice;
    place += 1;
  }
  return undefined;
}

function choicesOf({ choices }: WireChunk): readonly (WireChoice | null)[] {
  return Array.isArray(choices) ? choices : NO_CHOICES;
}

const NO_CHOICES: readonly WireChoice[] = [];

/** Undefined where it is not what a count of tokens can be: then they are estimated. */
export function toUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage as WireUsage;
  if (!isCount(inputTokens)) return undefined;
  return { inputTokens, outputTokens: isCount(outputTokens) ? outputTokens : 0 };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Content is a string; some servers send a list of typed parts. */
export function toText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  let text = '';
  for (const part of content as ({ type?: unknown; text?: unknown } | null)[]) {
    if (part?.type === 'text' && typeof part.text === 'string') text += part.text;
  }
  return text;
}

/** How servers say that the answer was cut off on their side: OpenRouter, Zhipu, vLLM, DeepSeek. */
const CUT_OFF = /^(?:error|network_error|abort(?:ed)?|cancel{1,2}ed|insufficient_system_resource)$/i;
/** OpenAI and Azure; Zhipu ("sensitive"); Google's, where a gateway passes its own reasons on. */
const FILTERED = /content.?filter|^(?:sensitive|safety|recitation|blocklist|prohibited_content|spii)$/i;
/** OpenAI; Mistral ("model_length"); gateways to other vendors. */
const TOO_LONG = /^(?:length|max_tokens|max_output_tokens|model_length)$/i;

/** Undefined where the server, not the model, ended the answer. */
export function toFinishReason(reason: string, hasToolCalls: boolean): FinishReason | undefined {
  if (CUT_OFF.test(reason)) return undefined;
  if (TOO_LONG.test(reason)) return 'length';
  if (FILTERED.test(reason)) return 'content-filter';
  // Servers disagree on what to say beside tool calls ('tool_calls', 'function_call', 'stop'), so the calls decide.
  return hasToolCalls ? 'tool-calls' : 'stop';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
