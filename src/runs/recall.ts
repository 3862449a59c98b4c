import { StoreUnavailableError, UnreadableRecordError } from '../errors.ts';
import { createLruCache } from '../lib/lru-cache.ts';
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

const MAX_CONVERSATIONS = 10_000;
const OUT_OF_REACH = '(My memory is out of reach just now, so I answer without what was said before.)';
const UNREADABLE =
  '(Part of my memory cannot be read any more, so I answer without it. `/reset` begins this conversation anew, ' +
  '`/memory` what I keep about you.)';

/** Says once per outage and conversation what of the memory is missing. */
export class MissingMemoryNotices {
  readonly #told = createLruCache<string>({ max: MAX_CONVERSATIONS });

  /** The sentence to add to this answer, if any. `memory`: as it was recalled, undefined where it is out of reach. */
  noticeFor(conversationId: string, memory: Pick<RunMemory, 'isPartial'> | undefined): string | undefined {
    if (memory && !memory.isPartial) {
      this.#told.delete(conversationId);
      return undefined;
    }
    const notice = memory ? UNREADABLE : OUT_OF_REACH;
    if (this.#told.get(conversationId) === notice) return undefined;
    this.#told.set(conversationId, notice);
    return notice;
  }
}
