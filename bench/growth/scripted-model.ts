import { sleep } from '../../src/lib/abort.ts';
import type { Model } from '../../src/model/ports.ts';
import { estimateTokens } from '../../src/model/token-estimate.ts';
import { ANSWER_TOKENS, TOOLS } from '../peers/task.ts';

const usage = { inputTokens: 400, outputTokens: 40 };
const toolCalls = TOOLS.map(({ name, call }) => ({ ...call, name }));

/**
 * Answers in this process, so that all that is measured is ours: in 40 pieces, and where `thinkMs` is given after
 * three tool calls. Who thinks is slow enough that all runs are under way at once before the first goes on.
 */
export function createScriptedModel(thinkMs?: number): Model {
  return {
    async complete({ messages }, onText, signal) {
      if (thinkMs !== undefined) await sleep(thinkMs, signal);
      if (thinkMs !== undefined && messages.at(-1)?.role !== 'tool') {
        return { text: '', toolCalls, finishReason: 'tool-calls', usage, model: 'scripted' };
      }
      for (const token of ANSWER_TOKENS) onText(token);
      return { text: ANSWER_TOKENS.join(''), toolCalls: [], finishReason: 'stop', usage, model: 'scripted' };
    },
    countTokens: estimateTokens,
  };
}
