import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { z } from 'zod';
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS } from '../task.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const provider = createOpenAICompatible({ name: 'bench', baseURL: `${origin}/v1`, apiKey: 'bench' });
  const tools = Object.fromEntries(
    TOOLS.map((each) => [
      each.name,
      createTool({
        id: each.name,
        description: each.description,
        inputSchema: z.object({ city: z.string().describe('Name of a city') }),
        execute: () => callTool(each),
      }),
    ]),
  );
  const agent = new Agent({
    id: 'bench',
    name: 'bench',
    instructions: SYSTEM_PROMPT,
    model: provider(MODEL),
    tools,
    maxRetries: 0,
  });
  const run = async (onFirstText: () => void): Promise<string> => {
    const result = await agent.stream(QUESTION, { maxSteps: 5 });
    let text = '';
    for await (const delta of result.textStream) {
      if (text === '') onFirstText();
      text += delta;
    }
    return text;
  };
  return Promise.resolve({ run });
};
