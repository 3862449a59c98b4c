import { ChannelType, Routes, SnowflakeUtil, type APIChannel, type APIMessage } from 'discord.js';
import { isAddressed } from '../../intake/trigger.ts';
import type { IncomingMessage } from '../../intake/incoming.ts';
import { compareIds } from '../../lib/compare-ids.ts';
import type { Log } from '../../observability/log.ts';
import type { ChannelFacts, Directory } from '../gateway/directory.ts';
import { toIncomingMessage } from '../gateway/to-incoming-message.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { REFUSED_MARK } from '../reply/refusals.ts';
import type { Cursor } from './missed-channels.ts';

export interface ChannelHistoryOptions {
  readonly rest: Pick<OutgoingBudget, 'send'>;
  readonly directory: Directory;
  readonly botUserId: string;
  /** Discord's time, epoch ms. */
  readonly now: number;
  readonly maxMessages: number;
  /** What only stands where the bot answers everything is too old after this time. */
  readonly unaddressedMaxAgeMs: number;
  readonly log: Pick<Log, 'warn'>;
  readonly signal: AbortSignal;
}

/** What became of a channel while nobody listened. */
export interface MissedInChannel {
  /** Messages that may still be answered, in their order. */
  readonly asked: readonly IncomingMessage[];
  /** Messages that were changed, as they read now. */
  readonly edited: readonly IncomingMessage[];
  /** Questions that the bot replied to and that are gone. */
  readonly deletedIds: readonly string[];
}

/** Where a channel is, as far as Discord tells. */
interface ChannelOrigin {
  readonly guildId: string | null;
  readonly directory: Directory;
}

/** Discord's own limit of one request. */
const PAGE_SIZE = 100;
/** What was followed in the last moments of a process may not have been written down. */
const DISORDER_MS = 60_000;

/**
 * Reads what was said in a channel after a message, and what the page before it tells of earlier ones: Discord tells
 * nobody later that a message was edited or deleted. `heardUntil`: id of the last message that was heard anywhere.
 * Throws what a request does.
 */
export async function readMissed(
  [channelId, after]: Cursor,
  heardUntil: string,
  options: ChannelHistoryOptions,
): Promise<MissedInChannel> {
  const { maxMessages, log, signal, botUserId } = options;
  const { messages, isCut } = await fetchLatest(channelId, after, options);
  if (isCut) log.warn({ channelId, maxMessages }, 'more was missed in a channel than is fetched');
  if (messages.length === 0) return { asked: [], edited: [], deletedIds: [] };
  const origin = await findOrigin(channelId, options);
  signal.throwIfAborted();
  const heardAt = SnowflakeUtil.timestampFrom(heardUntil) - DISORDER_MS;
  const missed = messages.filter(({ id }) => compareIds(id, after) > 0);
  const read = (some: readonly APIMessage[]): IncomingMessage[] =>
    some.flatMap((message) => toReadable(message, origin, options));
  return {
    asked: read(withoutAnswered(missed, botUserId)),
    edited: read(messages.filter((message) => isEditedSince(message, heardAt))),
    deletedIds: messages.flatMap((message) => toDeletedQuestion(message, botUserId)),
  };
}

/** In a busy channel the last known message may be days old: what was missed stands at the end, and is read backwards. */
async function fetchLatest(
  channelId: string,
  after: string,
  { rest, maxMessages, signal }: ChannelHistoryOptions,
): Promise<{ messages: readonly APIMessage[]; isCut: boolean }> {
  const path = Routes.channelMessages(channelId);
  const fetchPage = async (place: Readonly<Record<string, string>>): Promise<readonly APIMessage[]> => {
    const query = { ...place, limit: String(PAGE_SIZE) };
    const page = await rest.send({ method: 'GET', path, query, priority: 'read', signal });
    return (page as readonly APIMessage[]).toSorted((one, other) => compareIds(one.id, other.id));
  };
  let page = await fetchPage({});
  let messages = page;
  const hasMore = (): boolean =>
    page.length === PAGE_SIZE && page.every(({ id }) => compareIds(id, after) > 0);
  while (hasMore() && messages.length < maxMessages) {
    page = await fetchPage({ before: page[0]?.id ?? after });
    messages = [...page, ...messages];
  }
  return { messages, isCut: hasMore() };
}

/**
 * Where messages of a channel come from. Threads that were archived meanwhile are unknown to the gateway, as are
 * direct messages: Discord is asked.
 */
async function findOrigin(
  channelId: string,
  { rest, directory, signal }: ChannelHistoryOptions,
): Promise<ChannelOrigin> {
  const known = directory.channel(channelId);
  if (known) return { guildId: known.guildId, directory };
  const path = Routes.channel(channelId);
  const channel = (await rest.send({ method: 'GET', path, priority: 'read', signal })) as APIChannel;
  const guildId = 'guild_id' in channel ? (channel.guild_id ?? null) : null;
  const thread = toThreadFacts(channel, directory);
  if (!thread) return { guildId, directory };
  const channelOf = (id: string): ChannelFacts | undefined =>
    id === channelId ? thread : directory.channel(id);
  return { guildId, directory: { ...directory, channel: channelOf } };
}

function toThreadFacts(channel: APIChannel, directory: Directory): ChannelFacts | undefined {
  const { type } = channel;
  if (
    type !== ChannelType.PublicThread &&
    type !== ChannelType.PrivateThread &&
    type !== ChannelType.AnnouncementThread
  )
    return undefined;
  const { id, name, parent_id: parentId, owner_id: ownerId = null } = channel;
  const parent = parentId ? directory.channel(parentId) : undefined;
  if (!parent) return undefined;
  const thread = { parentId: parent.id, ownerId, isPrivate: type === ChannelType.PrivateThread };
  return { ...parent, id, name, thread };
}

/** Not the bot's own messages, and not those that it replied to already or refused. */
function withoutAnswered(messages: readonly APIMessage[], botUserId: string): readonly APIMessage[] {
  const answered = new Set(
    messages
      .filter(({ author }) => author.id === botUserId)
      .map(({ message_reference: reference }) => reference?.message_id),
  );
  return messages.filter(
    (message) => message.author.id !== botUserId && !answered.has(message.id) && !isRefused(message),
  );
}

/** In a flood, the mark alone tells a person that a question was not taken. */
function isRefused({ reactions }: APIMessage): boolean {
  return reactions?.some(({ me, emoji }) => me && emoji.name === REFUSED_MARK) === true;
}

function isEditedSince({ edited_timestamp: editedAt }: APIMessage, since: number): boolean {
  return editedAt !== null && Date.parse(editedAt) > since;
}

/** The question that a reply of the bot answers, where it is gone. */
function toDeletedQuestion(
  { author, message_reference: reference, referenced_message: question }: APIMessage,
  botUserId: string,
): string[] {
  return author.id === botUserId && question === null && reference?.message_id ? [reference.message_id] : [];
}

/** Nothing of what cannot be read, or addresses nobody and is too old by now: there the talk has gone on. */
function toReadable(
  message: APIMessage,
  { guildId, directory }: ChannelOrigin,
  { botUserId, now, unaddressedMaxAgeMs, log }: ChannelHistoryOptions,
): IncomingMessage[] {
  if (message.author.id === botUserId) return [];
  const dispatched = guildId === null ? message : { ...message, guild_id: guildId };
  let incoming: IncomingMessage | undefined;
  try {
    incoming = toIncomingMessage(dispatched, { botUserId, directory });
  } catch (error) {
    const { channel_id: channelId, id: messageId } = message;
    log.warn({ err: error, channelId, messageId }, 'a missed message cannot be read and is left out');
  }
  const isTooOld = now - SnowflakeUtil.timestampFrom(message.id) > unaddressedMaxAgeMs;
  return incoming && (isAddressed(incoming) || !isTooOld) ? [incoming] : [];
}
