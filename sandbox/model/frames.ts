import type { ScriptedReply } from './types.ts';

/** A reply ready to be streamed: each frame misses only the start that names the stream. */
export interface ReplyFrames {
  /** The chunk with the role, before the first piece. */
  readonly role: string;
  /** One for each piece of text, refusal or tool arguments, in order. */
  readonly pieces: readonly string[];
  /** After the last piece: the finish reason, absent where the script withholds it. */
  readonly finish: string | undefined;
  /** With `stream_options.include_usage`. */
  readonly usage: string;
}

const DEFAULT_CHUNK_CHARACTERS = 4;
const cache = new WeakMap<ScriptedReply, ReplyFrames>();

/** `framePrefix(id) + frame` is a whole server-sent event. */
export function framePrefix(id: string): string {
  return `data: {"id":"${id}","object":"chat.completion.chunk","created":${Math.floor(Date.now() / 1000)},`;
}

/**
 * Made once for each reply object, since benchmarks stream the same one thousands of times. Tool calls to which
 * the script gave no id need a new one each time, so they are made each time.
 */
export function toReplyFrames(reply: ScriptedReply, model: string, inputTokens: number): ReplyFrames {
  const cached = cache.get(reply);
  if (cached !== undefined) return cached;
  const frames = buildFrames(reply, model, inputTokens);
  if (reply.toolCalls?.every((call) => call.id !== undefined) ?? true) cache.set(reply, frames);
  return frames;
}

export function finishReasonOf(reply: ScriptedReply): string | null {
  if (reply.finishReason !== undefined) return reply.finishReason;
  return (reply.toolCalls?.length ?? 0) > 0 ? 'tool_calls' : 'stop';
}

export interface WireToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

let toolCallCount = 0;

/** Arguments that are a string already go out as they are, so that a script can send malformed JSON. */
export function toWireToolCalls(reply: ScriptedReply): readonly WireToolCall[] {
  return (reply.toolCalls ?? []).map((call) => {
    toolCallCount += 1;
    return {
      id: call.id ?? `call_${toolCallCount}`,
      type: 'function',
      function: {
        name: call.name,
        arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
      },
    };
  });
}

export function toWireUsage(reply: ScriptedReply, inputTokens: number, pieces: number): object {
  const input = reply.usage?.inputTokens ?? inputTokens;
  const output = reply.usage?.outputTokens ?? pieces;
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

function buildFrames(reply: ScriptedReply, model: string, inputTokens: number): ReplyFrames {
  const modelJson = JSON.stringify(model);
  const toFrame = (delta: object, finishReason: string | null = null): string =>
    `"model":${modelJson},"choices":[{"index":0,"delta":${JSON.stringify(delta)},` +
    `"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}]}\n\n`;
  const size = reply.chunkCharacters ?? DEFAULT_CHUNK_CHARACTERS;
  const pieces = [
    ...split(reply.text ?? '', size).map((content) => toFrame({ content })),
    ...split(reply.refusal ?? '', size).map((refusal) => toFrame({ refusal })),
    ...toWireToolCalls(reply).flatMap((call, index) =>
      toolCallDeltas(call, index, size).map((delta) => toFrame({ tool_calls: [delta] })),
    ),
  ];
  const finishReason = finishReasonOf(reply);
  const usage = JSON.stringify(toWireUsage(reply, inputTokens, pieces.length));
  return {
    role: toFrame({ role: 'assistant', content: '' }),
    pieces,
    finish: finishReason === null ? undefined : toFrame({}, finishReason),
    usage: `"model":${modelJson},"choices":[],"usage":${usage}}\n\n`,
  };
}

/** As the real servers do it: the first names the call, the rest bring its arguments bit by bit. */
function toolCallDeltas(call: WireToolCall, index: number, size: number): readonly object[] {
  return [
    { index, id: call.id, type: call.type, function: { name: call.function.name, arguments: '' } },
    ...split(call.function.arguments, size).map((part) => ({ index, function: { arguments: part } })),
  ];
}

/** Pieces of `size` characters; a surrogate pair is never cut. */
function split(text: string, size: number): readonly string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + size, text.length);
    const last = text.charCodeAt(end - 1);
    if (last >= 0xd800 && last <= 0xdbff && end < text.length) end += 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
