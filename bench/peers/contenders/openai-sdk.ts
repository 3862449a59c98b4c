/** The openai SDK with a loop by hand. */
import OpenAI from 'openai';
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS, WIRE_TOOLS } from '../task.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'bench', maxRetries: 0 });

  const answerCall = async (call: OpenAI.ChatCompletionMessageFunctionToolCall) => {
    const tool = TOOLS.find(({ name }) => name === call.function.name);
    const args = JSON.parse(call.function.arguments) as { city?: unknown };
    if (tool === undefined || typeof args.city !== 'string') throw new Error('A malformed tool call');
    return { role: 'tool' as const, tool_call_id: call.id, content: await callTool(tool) };
  };

  const run = async (onFirstText: () => void): Promise<string> => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'system', content: SYSTEM_PROMPT },
      { role: 'user', content: QUESTION },
    ];
    for (;;) {
      let text = '';
      const calls: OpenAI.ChatCompletionMessageFunctionToolCall[] = [];
      const tools = WIRE_TOOLS;
      const stream = await client.chat.completions.create({ model: MODEL, messages, tools, stream: true });
      for await (const chunk of stream) {
        const delta = chunk.choices[0]?.delta;
        if (delta?.content) {
          if (text === '') onFirstText();
          text += delta.content;
        }
        for (const part of delta?.tool_calls ?? []) {
          const call = (calls[part.index] ??= {
            id: part.id ?? '',
            type: 'function',
            function: { name: part.function?.name ?? '', arguments: '' },
          });
          call.function.arguments += part.function?.arguments ?? '';
        }
      }
      if (calls.length === 0) return text;
      messages.push({ role: 'assistant', content: text, tool_calls: calls });
      messages.push(...(await Promise.all(calls.map(answerCall))));
    }
  };
  return Promise.resolve({ run });
};
