import { MessageType, Routes, type APIMessage } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

export interface OwnMessagesOptions {
  readonly budget: Pick<OutgoingBudget, 'send'>;
  readonly botUserId: () => string;
  readonly log: Pick<Log, 'warn'>;
}

/** Discord's own limit of one request. */
const PAGE_SIZE = 100;
/** So far after a question something of the bot is looked for. */
const MAX_PAGES = 20;

/** What Discord notes in the bot's name when it changes a thread: nobody can write there. */
const NOTES: ReadonlySet<MessageType> = new Set([
  MessageType.RecipientAdd,
  MessageType.ChannelNameChange,
  MessageType.ThreadCreated,
]);

/** What the bot said in a channel after a message, oldest first. Rejects while Discord gives no answer. */
export async function readOwnMessages(
  { budget, botUserId, log }: OwnMessagesOptions,
  { channelId, after }: { readonly channelId: string; readonly after: string },
): Promise<APIMessage[]> {
  const own: APIMessage[] = [];
  let last = after;
  for (let read = 1; read <= MAX_PAGES; read += 1) {
    const page = await readPage(budget, channelId, last);
    own.push(...page.filter(({ author, type }) => author.id === botUserId() && !NOTES.has(type)));
    const latest = page.at(-1);
    if (!latest || page.length < PAGE_SIZE) return own;
    last = latest.id;
  }
  log.warn({ messages: MAX_PAGES * PAGE_SIZE }, 'what the bot said is not looked for any farther');
  return own;
}

/** The message that it is a reply to. */
export function toReference({ message_reference: reference }: APIMessage): string | undefined {
  return reference?.message_id;
}

async function readPage(
  budget: OwnMessagesOptions['budget'],
  channelId: string,
  after: string,
): Promise<readonly APIMessage[]> {
  const path = Routes.channelMessages(channelId);
  const query = { after, limit: String(PAGE_SIZE) };
  try {
    const page = await budget.send({ method: 'GET', path, query, priority: 'read' });
    return (page as APIMessage[]).toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
  } catch (error) {
    // Where the bot may not read it may not write either, and is told so again.
    if (error instanceof DiscordRequestError) return [];
    throw error;
  }
}
