import { z } from 'zod';
import type { AgentPorts, AgentTask } from '../src/agent/ports.ts';
import { sleep } from '../src/lib/abort.ts';
import type { Model } from '../src/model/ports.ts';
import { defineTool } from '../src/tools/tool.ts';
import type { Tool } from '../src/tools/tool.ts';

const modelMs = 1_200;
const toolMs = [800, 500] as const;
export const memoryWriteMs = 200;

/** The longest tool hides the shorter one, and the memory is written behind the answer. */
export const idealMs = modelMs + Math.max(...toolMs);
export const sequentialMs = modelMs + toolMs[0] + toolMs[1] + memoryWriteMs;

const usage = { inputTokens: 400, outputTokens: 40 };
const answer = 'The train leaves at nine and the weather will be fine until the evening .';
const words = answer.split(' ').map((word) => `${word} `);

const tools: readonly Tool[] = toolMs.map((ms, index) =>
  defineTool({
    name: `sleep_${String(index)}`,
    description: `Takes ${String(ms)} ms`,
    parameters: z.strictObject({ question: z.string() }),
    repeatable: true,
    async execute({ question }, _context, signal) {
      await sleep(ms, signal);
      return `About ${question}: nothing new.`;
    },
  }),
);

const toolCalls = tools.map(({ name }, index) => ({
  id: `call_${String(index)}`,
  name,
  arguments: '{"question":"trains"}',
}));

/** Asks for the tools after 1.2 s; once it sees their results it answers at once, word by word. */
const model: Model = {
  async complete({ messages }, onText, signal) {
    if (messages.at(-1)?.role === 'tool') {
      for (const word of words) onText(word);
      return { text: words.join(''), toolCalls: [], finishReason: 'stop', usage, model: 'sleeper' };
    }
    await sleep(modelMs, signal);
    return { text: '', toolCalls, finishReason: 'tool-calls', usage, model: 'sleeper' };
  },
  countTokens: (text) => Math.ceil(text.length / 4),
};

export const ports: AgentPorts = {
  model,
  tools,
  limits: {
    maxSteps: 8,
    maxParallelToolCalls: 8,
    toolTimeoutMs: 20_000,
    stepTimeoutMs: 180_000,
    runTimeoutMs: 300_000,
    maxInputTokens: 12_000,
  },
};

const unavailable = (): never => {
  throw new Error('not part of this benchmark');
};

/** The question of person number `index`, in a conversation of their own. */
export function createTask(index: number): AgentTask {
  const userId = String(10_000_000_000_000_000 + index);
  return {
    messages: [
      { role: 'system', content: 'You are a helpful member of this community.' },
      { role: 'user', content: `Question ${String(index)}: when does the train leave, and will it rain?` },
    ],
    context: {
      runId: String(20_000_000_000_000_000 + index),
      userId,
      guildId: '1',
      channelId: '2',
      audience: { kind: 'channel', guildId: '1', channelId: '2', everyone: true },
      services: {
        facts: { recall: unavailable, list: unavailable, remember: unavailable, forget: unavailable },
        channels: { recentMessages: unavailable },
        now: Date.now,
        random: Math.random,
      },
    },
  };
}
