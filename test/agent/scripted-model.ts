import type { ToolCall } from '../../src/memory/chat-message.ts';
import type { Model, ModelReply, ModelRequest } from '../../src/model/ports.ts';

/** What the model does with one call: a reply, or anything of its own. */
export type Script =
  | Partial<ModelReply>
  | Error
  | ((request: ModelRequest, onText: (delta: string) => void, signal: AbortSignal) => Promise<ModelReply>);

export interface ScriptedModel extends Model {
  readonly requests: ModelRequest[];
}

/** Answers each call with the next script; the last one goes on for ever. Streams its text in two pieces. */
export function createScriptedModel(...scripts: Script[]): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    requests,
    countTokens: (text) => Math.ceil(text.length / 4),
    async complete(request, onText, signal) {
      const script = scripts[Math.min(requests.length, scripts.length - 1)] ?? {};
      requests.push(request);
      signal.throwIfAborted();
      await Promise.resolve();
      if (script instanceof Error) throw script;
      if (typeof script === 'function') return script(request, onText, signal);
      const reply = toReply(script);
      const middle = Math.ceil(reply.text.length / 2);
      for (const piece of [reply.text.slice(0, middle), reply.text.slice(middle)])
        if (piece !== '') onText(piece);
      return reply;
    },
  };
}

export function toReply(reply: Partial<ModelReply>): ModelReply {
  const toolCalls = reply.toolCalls ?? [];
  return {
    text: '',
    finishReason: toolCalls.length > 0 ? 'tool-calls' : 'stop',
    usage: { inputTokens: 10, outputTokens: 5 },
    model: 'scripted',
    ...reply,
    toolCalls,
  };
}

let lastId = 0;

export function callTool(name: string, args: unknown = {}): ToolCall {
  lastId += 1;
  return { id: `call_${lastId}`, name, arguments: typeof args === 'string' ? args : JSON.stringify(args) };
}

/** Settles only when the signal aborts. */
export function hangUntilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
