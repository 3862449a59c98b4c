import { Agent, OpenAIChatCompletionsModel, Runner, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS } from '../task.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'bench', maxRetries: 0 });
  const agent = new Agent({
    name: 'bench',
    instructions: SYSTEM_PROMPT,
    model: new OpenAIChatCompletionsModel(client, MODEL),
    tools: TOOLS.map((each) =>
      tool({
        name: each.name,
        description: each.description,
        parameters: z.object({ city: z.string().describe('Name of a city') }),
        execute: () => callTool(each),
      }),
    ),
  });
  const runner = new Runner({ tracingDisabled: true });
  const run = async (onFirstText: () => void): Promise<string> => {
    const result = await runner.run(agent, QUESTION, { stream: true });
    let text = '';
    for await (const event of result) {
      if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta') {
        if (event.data.delta !== '') onFirstText();
        text += event.data.delta;
      }
    }
    await result.completed;
    return text;
  };
  return Promise.resolve({ run });
};
