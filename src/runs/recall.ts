import { StoreUnavailableError } from '../errors.ts';
import type { ConversationMemory, Fact, Turn } from '../memory/ports.ts';
import type { Log } from '../observability/log.ts';
import type { ToolServices } from '../tools/tool.ts';
import type { Run } from './run.ts';

export interface RunMemory {
  readonly turns: readonly Turn[];
  readonly facts: readonly Fact[];
}

export interface RecallPorts {
  readonly conversations: ConversationMemory;
  readonly services: ToolServices;
  readonly log: Log;
}

/**
 * What is remembered for a run; undefined while the store is out of reach, which is not the same as nothing, and where
 * `signal` aborts first. Never rejects.
 */
export async function recall(
  { id, conversationId, requester, audience }: Run,
  { conversations, services, log }: RecallPorts,
  signal: AbortSignal,
): Promise<RunMemory | undefined> {
  try {
    const [turns, facts] = await Promise.all([
      conversations.load(conversationId, signal),
      services.facts.recall(requester.id, audience, signal),
    ]);
    // A run that is made once more does not see what it said before.
    return { turns: turns.filter(({ runId }) => runId !== id), facts };
  } catch (error) {
    if (signal.aborted) return undefined;
    const level = error instanceof StoreUnavailableError ? 'warn' : 'error';
    log[level]({ err: error, runId: id }, 'answering without memory');
    return undefined;
  }
}
