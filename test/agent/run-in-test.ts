import { runAgent } from '../../src/agent/run-agent.ts';
import type { AgentEvent, AgentLimits, AgentOutcome, AgentTask } from '../../src/agent/ports.ts';
import type { Model } from '../../src/model/ports.ts';
import type { Tool, ToolContext } from '../../src/tools/tool.ts';

export const limits: AgentLimits = {
  maxSteps: 8,
  maxParallelToolCalls: 8,
  toolTimeoutMs: 2_000,
  stepTimeoutMs: 4_000,
  runTimeoutMs: 5_000,
  maxInputTokens: 10_000,
};

export const context: ToolContext = {
  runId: '1',
  userId: '42',
  guildId: null,
  channelId: '7',
  audience: { kind: 'private', userId: '42' },
  services: {
    facts: {
      recall: () => Promise.resolve([]),
      list: () => Promise.resolve([]),
      remember: (_, fact) => Promise.resolve({ id: '1', at: 0, ...fact }),
      forget: () => Promise.resolve(0),
    },
    channels: { recentMessages: () => Promise.resolve([]) },
    now: () => 0,
    random: () => 0.5,
  },
};

export interface Ran {
  readonly outcome: AgentOutcome;
  readonly events: readonly AgentEvent[];
  /** All text deltas together. */
  readonly said: string;
}

export async function runInTest(
  model: Model,
  tools: readonly Tool[] = [],
  options: {
    limits?: Partial<AgentLimits>;
    task?: Partial<AgentTask>;
    signal?: AbortSignal;
    onEvent?: (event: AgentEvent) => void;
  } = {},
): Promise<Ran> {
  const events: AgentEvent[] = [];
  const outcome = await runAgent(
    {
      messages: [
        { role: 'system', content: 'You help.' },
        { role: 'user', content: 'question' },
      ],
      context,
      ...options.task,
    },
    { model, tools, limits: { ...limits, ...options.limits } },
    (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
    options.signal ?? new AbortController().signal,
  );
  const said = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
  return { outcome, events, said };
}
