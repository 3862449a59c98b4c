import { ChannelType, Routes, SnowflakeUtil, type APIChannel, type APIMessage } from 'discord.js';
import { isAddressed } from '../../intake/trigger.ts';
import type { IncomingMessage } from '../../intake/incoming.ts';
import type { ChannelFacts, Directory } from '../gateway/directory.ts';
import { toIncomingMessage } from '../gateway/to-incoming-message.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { REFUSED_MARK } from '../reply/refusals.ts';

export interface CaughtUpContext {
  readonly directory: Directory;
  readonly botUserId: string;
  /** epoch ms */
  readonly now: number;
  /** What only stands where the bot answers everything is too old after this time. */
  readonly unaddressedMaxAgeMs: number;
  /** Told of a message that cannot be read: it is left out. */
  readonly onOdd: (messageId: string, error: unknown) => void;
}

/** Where a channel is, as far as Discord tells. */
export interface ChannelOrigin {
  readonly guildId: string | null;
  readonly directory: Directory;
}

/**
 * Where messages of a channel come from. Threads that were archived meanwhile are unknown to the gateway, as are
 * direct messages: Discord is asked. Throws what the request does.
 */
export async function findOrigin(
  rest: Pick<OutgoingBudget, 'send'>,
  directory: Directory,
  channelId: string,
  signal: AbortSignal,
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

/**
 * The messages that may still be answered, in their order: not the bot's own, not those that it replied to already or
 * refused, and not those that address nobody and are too old by now.
 */
export function toCaughtUp(
  messages: readonly APIMessage[],
  { guildId, directory }: ChannelOrigin,
  { botUserId, now, unaddressedMaxAgeMs, onOdd }: Omit<CaughtUpContext, 'directory'>,
): IncomingMessage[] {
  const answered = new Set(
    messages
      .filter(({ author }) => author.id === botUserId)
      .map(({ message_reference: reference }) => reference?.message_id),
  );
  return messages.flatMap((message) => {
    if (message.author.id === botUserId || answered.has(message.id) || isRefused(message)) return [];
    const dispatched = guildId === null ? message : { ...message, guild_id: guildId };
    let incoming: IncomingMessage | undefined;
    try {
      incoming = toIncomingMessage(dispatched, { botUserId, directory });
    } catch (error) {
      onOdd(message.id, error);
    }
    if (!incoming) return [];
    const isTooOld = now - SnowflakeUtil.timestampFrom(message.id) > unaddressedMaxAgeMs;
    return isTooOld && !isAddressed(incoming) ? [] : [incoming];
  });
}

/** In a flood, the mark alone tells a person that a question was not taken. */
function isRefused({ reactions }: APIMessage): boolean {
  return reactions?.some(({ me, emoji }) => me && emoji.name === REFUSED_MARK) === true;
}
