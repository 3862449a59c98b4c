import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS } from '../task.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const provider = createOpenAICompatible({ name: 'bench', baseURL: `${origin}/v1`, apiKey: 'bench' });
  const model = provider(MODEL);
  const tools = Object.fromEntries(
    TOOLS.map((each) => [
      each.name,
      tool({
        description: each.description,
        inputSchema: z.object({ city: z.string().describe('Name of a city') }),
        execute: () => callTool(each),
      }),
    ]),
  );
  const run = async (onFirstText: () => void): Promise<string> => {
    const result = streamText({
      model,
      system: SYSTEM_PROMPT,
      prompt: QUESTION,
      tools,
      stopWhen: isStepCount(5),
      maxRetries: 0,
    });
    let text = '';
    for await (const delta of result.textStream) {
      if (text === '') onFirstText();
      text += delta;
    }
    return text;
  };
  return Promise.resolve({ run });
};
