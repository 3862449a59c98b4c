import OpenAI from 'openai';
import { zodFunction } from 'openai/helpers/zod';
import { z } from 'zod';
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS } from '../task.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'bench', maxRetries: 0 });
  const tools = TOOLS.map((tool) =>
    zodFunction({
      name: tool.name,
      description: tool.description,
      parameters: z.object({ city: z.string().describe('Name of a city') }),
      function: () => callTool(tool),
    }),
  );
  const run = async (onFirstText: () => void): Promise<string> => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'system', content: SYSTEM_PROMPT },
      { role: 'user', content: QUESTION },
    ];
    const runner = client.chat.completions.runTools({ model: MODEL, messages, tools, stream: true });
    runner.on('content', (delta) => {
      if (delta !== '') onFirstText();
    });
    return (await runner.finalContent()) ?? '';
  };
  return Promise.resolve({ run });
};
