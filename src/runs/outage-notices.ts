import { createLruCache } from '../lib/lru-cache.ts';

/** Says once per outage and conversation that the memory is out of reach. */
export interface OutageNotices {
  /** The sentence to add to this answer, if any. `isReachable`: the store answered for this run. */
  noticeFor(conversationId: string, isReachable: boolean): string | undefined;
}

const MAX_CONVERSATIONS = 10_000;

export function createOutageNotices(): OutageNotices {
  const told = createLruCache<true>({ max: MAX_CONVERSATIONS });
  return {
    noticeFor(conversationId, isReachable) {
      if (isReachable) {
        told.delete(conversationId);
        return undefined;
      }
      if (told.has(conversationId)) return undefined;
      told.set(conversationId, true);
      return '(My memory is out of reach just now, so I answer without what was said before.)';
    },
  };
}
