import { Routes, type APIMessage } from 'discord.js';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { compareIds } from '../../lib/compare-ids.ts';

export interface MissedMessages {
  /** Oldest first. */
  readonly messages: readonly APIMessage[];
  /** There were more than could be fetched: some between the oldest and the newest are missing. */
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

/** Reads what was said in a channel after a message. Throws what the request does. */
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
  const first = await fetchPage({ after });
  if (first.length < PAGE_SIZE) return { messages: first, isCut: false };
  // In a busy channel the last known message may be days old, and what was missed stands at the end: from there on
  // it is read backwards.
  const lastOfFirst = first.at(-1)?.id ?? after;
  let newest: readonly APIMessage[] = [];
  let isCut = true;
  while (isCut && first.length + newest.length < maxMessages) {
    const oldest = newest[0];
    const page = await fetchPage(oldest ? { before: oldest.id } : {});
    const later = page.filter(({ id }) => compareIds(id, lastOfFirst) > 0);
    newest = [...later, ...newest];
    isCut = later.length === PAGE_SIZE;
  }
  return { messages: [...first, ...newest], isCut };
}
