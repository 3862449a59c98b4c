import { Agent } from '@earendil-works/pi-agent-core';
import type { AgentTool } from '@earendil-works/pi-agent-core';
import { createModels, createProvider, Type } from '@earendil-works/pi-ai';
import type { Model } from '@earendil-works/pi-ai';
import { openAICompletionsApi } from '@earendil-works/pi-ai/api/openai-completions.lazy';
import { callTool, MODEL, QUESTION, SYSTEM_PROMPT, TOOLS } from '../task.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const model: Model<'openai-completions'> = {
    id: MODEL,
    name: MODEL,
    api: 'openai-completions',
    provider: 'bench',
    baseUrl: `${origin}/v1`,
    reasoning: false,
    input: ['text'],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 128_000,
    maxTokens: 4_096,
  };
  const models = createModels();
  models.setProvider(
    createProvider({
      id: 'bench',
      baseUrl: model.baseUrl,
      auth: { apiKey: { name: 'bench', resolve: () => Promise.resolve({ auth: { apiKey: 'bench' } }) } },
      models: [model],
      api: openAICompletionsApi(),
    }),
  );
  const tools: AgentTool[] = TOOLS.map((tool) => ({
    name: tool.name,
    label: tool.name,
    description: tool.description,
    parameters: Type.Object({ city: Type.String({ description: 'Name of a city' }) }),
    execute: async () => ({ content: [{ type: 'text', text: await callTool(tool) }], details: undefined }),
  }));

  const run = async (onFirstText: () => void): Promise<string> => {
    const agent = new Agent({
      initialState: { systemPrompt: SYSTEM_PROMPT, model, tools },
      streamFn: (...args) => models.streamSimple(...args),
    });
    agent.subscribe((event) => {
      if (event.type === 'message_update' && event.assistantMessageEvent.type === 'text_delta') onFirstText();
    });
    await agent.prompt(QUESTION);
    if (agent.state.errorMessage !== undefined) throw new Error(agent.state.errorMessage);
    const last = agent.state.messages.at(-1);
    if (last?.role !== 'assistant') throw new Error('No answer');
    return last.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  };
  return Promise.resolve({ run });
};
