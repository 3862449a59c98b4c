import type { ModelRequest, Usage } from './ports.ts';
import type { TokenCounter } from './token-counter.ts';

/** The first requests are all learnt from, later ones now and then: counting costs time. */
const ALWAYS_FIRST = 4;
const THEN_EVERY = 32;

/** Compares the server's count of a request's tokens with ours, so that later estimates are nearer. */
export function createUsageCalibration(counter: TokenCounter): {
  learn(request: ModelRequest, usage: Usage | undefined): void;
} {
  let replies = 0;
  return {
    learn(request, usage) {
      // Nothing has asked for a count yet, and this is no reason to load a tokenizer.
      if (usage === undefined || !counter.isLoaded()) return;
      replies += 1;
      if (replies > ALWAYS_FIRST && replies % THEN_EVERY !== 0) return;
      const rawTokens = countRequest(request, counter);
      if (rawTokens !== undefined) counter.calibrate(rawTokens, usage.inputTokens);
    },
  };
}

/** Undefined for a request with images, whose tokens no tokenizer knows. */
function countRequest(request: ModelRequest, counter: TokenCounter): number | undefined {
  let tokens = request.tools.length === 0 ? 0 : counter.countRaw(JSON.stringify(request.tools));
  for (const message of request.messages) {
    if (typeof message.content !== 'string') return undefined;
    tokens += 4 + counter.countRaw(message.content);
    if (message.role !== 'assistant') continue;
    for (const call of message.toolCalls ?? []) tokens += counter.countRaw(call.name + call.arguments);
  }
  return tokens;
}
