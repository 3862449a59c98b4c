import {
  MessageReferenceType,
  MessageType,
  type APIAttachment,
  type APIMessage,
  type APIUser,
  type GatewayMessageCreateDispatchData,
} from 'discord.js';
import type { Attachment } from '../../attachments/attachment.ts';
import type { Author, IncomingMessage, Place, QuotedMessage } from '../../intake/incoming.ts';
import { canEveryoneRead } from '../../policy/permissions.ts';
import type { Directory } from './directory.ts';
import { toMessageText, toReadableText, type MessageTextContext } from './message-text.ts';

export interface MessageContext {
  readonly botUserId: string;
  readonly directory: Directory;
}

/** A message as the gateway dispatches it; one that REST returned needs its `guild_id` added. */
export type GatewayMessage = GatewayMessageCreateDispatchData;

/** Plain data for the trigger rules; undefined for what nobody wrote (joins, pins, renames). */
export function toIncomingMessage(
  message: GatewayMessage,
  context: MessageContext,
): IncomingMessage | undefined {
  const { botUserId, directory } = context;
  if (message.type !== MessageType.Default && message.type !== MessageType.Reply) return undefined;
  const guildId = message.guild_id ?? null;
  const text = { guildId, channelId: message.channel_id, directory, keepUserId: botUserId };
  return {
    id: message.id,
    createdAt: Date.parse(message.timestamp),
    ...(message.edited_timestamp && { editedAt: Date.parse(message.edited_timestamp) }),
    place: toPlace({ guildId, channelId: message.channel_id, directory, botUserId }),
    author: toAuthor(message),
    content: toReadableText({ ...text, content: message.content, mentions: message.mentions }),
    mentionsBot: message.mentions.some(({ id }) => id === botUserId),
    repliesToBot: message.referenced_message?.author.id === botUserId,
    quoted: toForward(message, text) ?? toQuotedMessage(message.referenced_message, text),
    attachments: message.attachments.map(toAttachment),
  };
}

interface PlaceSource {
  /** Null outside guilds. */
  readonly guildId: string | null;
  readonly channelId: string;
  readonly directory: Directory;
  readonly botUserId: string;
}

/**
 * Where something was said. A channel of which the gateway has told nothing (the bot is not in that guild, or only
 * just saw it) counts as one that not everybody can read.
 */
export function toPlace({ guildId, channelId, directory, botUserId }: PlaceSource): Place {
  const place: Place = {
    kind: 'channel',
    guildId,
    channelId,
    parentId: null,
    isOwnThread: false,
    everyone: false,
    isPrivateThread: false,
  };
  if (guildId === null) return { ...place, kind: 'dm' };
  const guild = directory.guild(guildId);
  const channel = directory.channel(channelId);
  if (!guild || !channel) return place;
  const { thread } = channel;
  if (!thread) return { ...place, everyone: canEveryoneRead(guild, channel) };
  // Without its parent, nothing is known about who reads a thread.
  const isParentKnown = directory.channel(thread.parentId) !== undefined;
  return {
    ...place,
    kind: 'thread',
    parentId: thread.parentId,
    isOwnThread: thread.ownerId === botUserId,
    isPrivateThread: thread.isPrivate,
    everyone: !thread.isPrivate && isParentKnown && canEveryoneRead(guild, channel),
  };
}

export function toAttachment({ id, filename, url, content_type, size, waveform }: APIAttachment): Attachment {
  const attachment = { id, name: filename, url, contentType: content_type ?? null, size };
  // Only what was spoken in Discord itself has one.
  return waveform === undefined ? attachment : { ...attachment, isVoice: true };
}

function toAuthor({ author, member, webhook_id }: GatewayMessage): Author {
  return {
    id: author.id,
    name: member?.nick ?? toUserName(author),
    isBot: author.bot ?? false,
    isWebhook: webhook_id !== undefined,
    ...(member?.roles && { roleIds: member.roles }),
  };
}

/** The name that Discord shows for a user without a nickname. */
export function toUserName({ global_name, username }: Pick<APIUser, 'global_name' | 'username'>): string {
  return global_name ?? username;
}

/** A message that another one replies to. */
export function toQuotedMessage(
  referenced: APIMessage | null | undefined,
  text: MessageTextContext,
): QuotedMessage | null {
  if (!referenced) return null;
  const repliesTo = toRepliesTo(referenced);
  return {
    id: referenced.id,
    authorId: referenced.author.id,
    authorName: toUserName(referenced.author),
    isBot: referenced.author.bot ?? false,
    content: toMessageText(referenced, text),
    attachments: referenced.attachments.map(toAttachment),
    ...(repliesTo && { repliesTo }),
  };
}

function toRepliesTo({ channel_id, message_reference: reference, type }: APIMessage) {
  if (type !== MessageType.Reply || reference?.message_id === undefined) return undefined;
  if (reference.channel_id !== channel_id) return undefined;
  return { channelId: channel_id, messageId: reference.message_id };
}

function toForward(message: GatewayMessage, text: MessageTextContext): QuotedMessage | undefined {
  const reference = message.message_reference;
  const snapshot = message.message_snapshots?.[0];
  if (reference?.type !== MessageReferenceType.Forward || !snapshot) return undefined;
  return {
    id: reference.message_id ?? message.id,
    authorId: null,
    authorName: 'unknown (forwarded message)',
    isBot: false,
    content: toMessageText(snapshot.message, text),
    attachments: snapshot.message.attachments.map(toAttachment),
  };
}
