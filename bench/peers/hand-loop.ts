/** The agent's loop written by hand: what the floors share. A floor brings only its way of sending a request. */
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS, WIRE_TOOLS } from './task.ts';
import type { Contender } from './task.ts';

/** Sends one request; `onData` gets each payload of the event stream. Resolves at the end of the response. */
export type Post = (body: string, onData: (payload: string) => void) => Promise<void>;

interface WireChunk {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id?: string;
        readonly function: { readonly name?: string; readonly arguments: string };
      }[];
    };
    readonly finish_reason: string | null;
  }[];
}

interface WireCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { name: string; arguments: string };
}

export function createHandLoop(post: Post, close?: () => Promise<void>): Contender {
  const run = async (onFirstText: () => void): Promise<string> => {
    const messages: object[] = [
      { role: 'system', content: SYSTEM_PROMPT },
      { role: 'user', content: QUESTION },
    ];
    for (;;) {
      let text = '';
      const finishReasons: string[] = [];
      const calls: WireCall[] = [];
      const body = JSON.stringify({ model: MODEL, messages, tools: WIRE_TOOLS, stream: true });
      await post(body, (payload) => {
        if (payload === '[DONE]') return;
        const choice = (JSON.parse(payload) as WireChunk).choices[0];
        if (choice === undefined) return;
        if (choice.delta.content !== undefined && choice.delta.content !== '') {
          if (text === '') onFirstText();
          text += choice.delta.content;
        }
        for (const part of choice.delta.tool_calls ?? []) {
          const call = (calls[part.index] ??= {
            id: part.id ?? '',
            type: 'function',
            function: { name: part.function.name ?? '', arguments: '' },
          });
          call.function.arguments += part.function.arguments;
        }
        if (choice.finish_reason !== null) finishReasons.push(choice.finish_reason);
      });
      if (finishReasons.length === 0) throw new Error('The stream was cut off');
      if (calls.length === 0) return text;
      messages.push({ role: 'assistant', content: text, tool_calls: calls });
      messages.push(...(await Promise.all(calls.map(answerCall))));
    }
  };
  return { run, ...(close === undefined ? {} : { close }) };
}

/** Checks the arguments by hand, calls the tool, makes the message. */
async function answerCall(call: WireCall): Promise<object> {
  const tool = TOOLS.find(({ name }) => name === call.function.name);
  const args = JSON.parse(call.function.arguments) as { city?: unknown };
  if (tool === undefined || typeof args.city !== 'string') throw new Error('A malformed tool call');
  return { role: 'tool', tool_call_id: call.id, content: await callTool(tool) };
}

/** A small SSE parser: whole `data:` lines to `onData`. For text cut at any place. */
export function createSseReader(onData: (payload: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const all = rest === '' ? text : rest + text;
    let start = 0;
    for (let end = all.indexOf('\n'); end !== -1; end = all.indexOf('\n', start)) {
      if (all.startsWith('data: ', start)) onData(all.slice(start + 6, end));
      start = end + 1;
    }
    rest = start === all.length ? '' : all.slice(start);
  };
}
