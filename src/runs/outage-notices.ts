import { createLruCache } from '../lib/lru-cache.ts';
import type { RunMemory } from './recall.ts';

/** Says once per outage and conversation what of the memory is missing. */
export interface OutageNotices {
  /** The sentence to add to this answer, if any. `memory`: as it was recalled, undefined where it is out of reach. */
  noticeFor(conversationId: string, memory: Pick<RunMemory, 'isPartial'> | undefined): string | undefined;
}

const MAX_CONVERSATIONS = 10_000;
const OUT_OF_REACH = '(My memory is out of reach just now, so I answer without what was said before.)';
const UNREADABLE =
  '(Part of my memory cannot be read any more, so I answer without it. `/reset` begins this conversation anew, ' +
  '`/memory` what I keep about you.)';

export function createOutageNotices(): OutageNotices {
  const told = createLruCache<string>({ max: MAX_CONVERSATIONS });
  return {
    noticeFor(conversationId, memory) {
      if (memory && !memory.isPartial) {
        told.delete(conversationId);
        return undefined;
      }
      const notice = memory ? UNREADABLE : OUT_OF_REACH;
      if (told.get(conversationId) === notice) return undefined;
      told.set(conversationId, notice);
      return notice;
    },
  };
}
