/** The model, in a process of its own. Answers the questions of a crowd as it was last told to. */
import { createCrowdScript, type CrowdPace } from '../../sandbox/crowd/question.ts';
import { startModelServer } from '../../sandbox/model/server.ts';
import type { ModelScript } from '../../sandbox/model/types.ts';
import { offerCalls } from './calls.ts';

export interface Behaviour extends CrowdPace {
  /** Asks for three tools at once before it answers. */
  readonly tools: boolean;
}

const TOOL_CALLS = [
  { name: 'current_time', arguments: {} },
  { name: 'calculate', arguments: { expression: '17 * 23' } },
  { name: 'roll_dice', arguments: { dice: '2d6' } },
] as const;

const model = await startModelServer();

function toScript({ tools, ...pace }: Behaviour): ModelScript {
  const answer = createCrowdScript(pace);
  if (!tools) return answer;
  return (request) =>
    request.messages.at(-1)?.role === 'tool'
      ? answer(request)
      : { toolCalls: TOOL_CALLS, firstTokenMs: pace.firstTokenMs, tokenMs: pace.tokenMs };
}

const calls = {
  where: () => model.baseUrl,
  behave(behaviour: Behaviour): void {
    model.setScript(toScript(behaviour));
  },
  /** Never answers: whoever asks waits. */
  hang(): void {
    model.setScript(() => ({ text: 'never', firstTokenMs: Infinity }));
  },
  active: () => model.active,
};

export type ModelCalls = typeof calls;

offerCalls(calls);
