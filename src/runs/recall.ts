import { StoreUnavailableError, UnreadableRecordError } from '../errors.ts';
import type { ConversationMemory, Fact, Turn } from '../memory/ports.ts';
import type { Log } from '../observability/log.ts';
import type { ToolServices } from '../tools/tool.ts';
import type { Run } from './run.ts';

export interface RunMemory {
  readonly turns: readonly Turn[];
  readonly facts: readonly Fact[];
  /** A part of it is there and cannot be read. */
  readonly isPartial?: true;
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
      unlessUnreadable(conversations.load(conversationId, signal), id, log),
      unlessUnreadable(services.facts.recall(requester.id, audience, signal), id, log),
    ]);
    // A run that is made once more does not see what it said before.
    const earlier = turns?.filter(({ runId }) => runId !== id) ?? [];
    return { turns: earlier, facts: facts ?? [], ...(!(turns && facts) && { isPartial: true }) };
  } catch (error) {
    if (signal.aborted) return undefined;
    const level = error instanceof StoreUnavailableError ? 'warn' : 'error';
    log[level]({ err: error, runId: id }, 'answering without memory');
    return undefined;
  }
}

/** What cannot be read takes nothing else with it; undefined in its place. */
async function unlessUnreadable<T>(part: Promise<T>, runId: string, log: Log): Promise<T | undefined> {
  try {
    return await part;
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    log.error({ err: error, runId }, 'a part of the memory cannot be read');
    return undefined;
  }
}
