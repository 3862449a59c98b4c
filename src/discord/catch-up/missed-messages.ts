import { Routes, type APIMessage } from 'discord.js';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { compareIds } from '../../lib/compare-ids.ts';

export interface MissedMessages {
  /** Oldest first. */
  readonly messages: readonly APIMessage[];
  /** What was known before, as far as it came along: with what became of it meanwhile. */
  readonly earlier: readonly APIMessage[];
  /** There were more than are fetched: the oldest are missing. */
  readonly isCut: boolean;
}

export interface MissedMessagesQuery {
  readonly channelId: string;
  /** Id of the last message that is known. */
  readonly after: string;
  readonly maxMessages: number;
}

/** Discord's own limit of one request. */
const PAGE_SIZE = 100;

/** Reads what was said in a channel after a message, and a little of what was said before. Throws what the request does. */
export async function fetchMissedMessages(
  rest: Pick<OutgoingBudget, 'send'>,
  { channelId, after, maxMessages }: MissedMessagesQuery,
  signal: AbortSignal,
): Promise<MissedMessages> {
  const fetchPage = async (place: Readonly<Record<string, string>>): Promise<readonly APIMessage[]> => {
    const path = Routes.channelMessages(channelId);
    const query = { ...place, limit: String(PAGE_SIZE) };
    const page = await rest.send({ method: 'GET', path, query, priority: 'read', signal });
    return (page as readonly APIMessage[]).toSorted((one, other) => compareIds(one.id, other.id));
  };
  // In a busy channel the last known message may be days old, and what was missed stands at the end: from there on it
  // is read backwards.
  let page = await fetchPage({});
  let all = page;
  const isMissed = ({ id }: APIMessage): boolean => compareIds(id, after) > 0;
  const hasMore = (): boolean => page.length === PAGE_SIZE && page.every(isMissed);
  while (hasMore() && all.length < maxMessages) {
    page = await fetchPage({ before: page[0]?.id ?? after });
    all = [...page, ...all];
  }
  const messages = all.filter(isMissed);
  return { messages, earlier: all.slice(0, all.length - messages.length), isCut: hasMore() };
}
