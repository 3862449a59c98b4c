import type { ChatMessage, ToolCall } from './chat-message.ts';

/** What stands for the result of a call that was never answered; model servers refuse a call without one. */
export const INTERRUPTED_RESULT = 'Error: interrupted before it finished.';

/**
 * Makes a stored history one that model servers accept: each tool call is followed by its result, in the order of
 * the calls, and no result stands without its call. Missing results become errors, stray ones go; everything else
 * stays as it is.
 */
export function repairTurns(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const repaired: ChatMessage[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') continue;
    repaired.push(message);
    if (message.role !== 'assistant' || !message.toolCalls) continue;
    repaired.push(...resultsOf(message.toolCalls, resultsAfter(messages, index)));
  }
  return repaired;
}

type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;

/** The results that follow directly on a message. */
function resultsAfter(messages: readonly ChatMessage[], index: number): ToolMessage[] {
  const results: ToolMessage[] = [];
  for (const message of messages.slice(index + 1)) {
    if (message.role !== 'tool') break;
    results.push(message);
  }
  return results;
}

/** One result for each call. An id that a server used twice takes its results one after another. */
function resultsOf(calls: readonly ToolCall[], results: ToolMessage[]): ToolMessage[] {
  return calls.map(({ id }) => {
    const index = results.findIndex(({ toolCallId }) => toolCallId === id);
    const [result] = index === -1 ? [] : results.splice(index, 1);
    return result ?? { role: 'tool', toolCallId: id, content: INTERRUPTED_RESULT };
  });
}
