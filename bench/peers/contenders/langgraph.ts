import { AIMessageChunk } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS } from '../task.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const llm = new ChatOpenAI({
    model: MODEL,
    apiKey: 'bench',
    configuration: { baseURL: `${origin}/v1` },
    useResponsesApi: false,
    streaming: true,
    maxRetries: 0,
  });
  const tools = TOOLS.map((each) =>
    tool(() => callTool(each), {
      name: each.name,
      description: each.description,
      schema: z.object({ city: z.string().describe('Name of a city') }),
    }),
  );
  const agent = createReactAgent({ llm, tools, prompt: SYSTEM_PROMPT });
  const run = async (onFirstText: () => void): Promise<string> => {
    const input = { messages: [{ role: 'user', content: QUESTION }] };
    let text = '';
    for await (const [message] of await agent.stream(input, { streamMode: 'messages' })) {
      if (!(message instanceof AIMessageChunk) || message.text === '') continue;
      if (text === '') onFirstText();
      text += message.text;
    }
    return text;
  };
  return Promise.resolve({ run });
};
