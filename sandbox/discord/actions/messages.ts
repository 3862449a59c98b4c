import {
  GatewayIntentBits as I,
  MessageFlags,
  PermissionFlagsBits as P,
  type APIMessage,
} from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { UploadedFile } from '../files/file-store.ts';
import { refusals } from '../rest/api-error.ts';
import type { MessageCreateBody } from '../rest/schemas/message.ts';
import { toFlags } from '../world/bits.ts';
import { isThread } from '../world/channel-types.ts';
import type { ChannelState, MessageState } from '../world/entities.ts';
import { toGatewayMessage, toMessage, toMessageWithoutContent } from '../world/message-view.ts';
import { hasPermission } from '../world/permissions.ts';
import { toTimestampMs } from '../world/snowflake.ts';
import { toUser } from '../world/views.ts';
import { isOwnMessage, requireMessage, requirePermission } from './access.ts';
import { buildMessage, type MessageInput } from './build-message.ts';
import { resolveReference } from './references.ts';
import { joinByMessage, requireWritableThread, wakeThread } from './thread-state.ts';

/** Discord refuses to delete older ones in bulk. */
const bulkDeleteMaxAgeMs = 14 * 24 * 3_600_000;

/** Posts as a user: checks permissions and content, wakes an archived thread. The body is parsed. */
export function sendMessage(
  core: Core,
  authorId: string,
  channel: ChannelState,
  body: MessageCreateBody,
  files: readonly UploadedFile[],
  options: Pick<MessageInput, 'webhookId' | 'extraFlags'> & { author?: MessageInput['author'] } = {},
): MessageState {
  requirePermission(core, authorId, channel, isThread(channel) ? P.SendMessagesInThreads : P.SendMessages);
  if (files.length > 0) requirePermission(core, authorId, channel, P.AttachFiles);
  if ((body.embeds ?? []).length > 0) requirePermission(core, authorId, channel, P.EmbedLinks);
  requireWritableThread(core, authorId, channel);
  if (authorId === core.bot.id) requireReachable(core, channel);
  const reference = resolveReference(core, authorId, channel, body.message_reference);
  const input = { author: toUser(core.world, authorId), body, files, reference, ...options };
  const state = buildMessage(core, channel, input);
  if (isEmpty(state.message)) throw refusals.emptyMessage();
  wakeThread(core, channel);
  joinByMessage(core, channel, state.message);
  insertMessage(core, channel, state);
  return state;
}

/** A bot can write to people with whom it shares a server, or who wrote to it. */
function requireReachable(core: Core, channel: ChannelState): void {
  if (channel.guildId !== null) return;
  const userId = channel.recipientIds.find((id) => id !== core.bot.id) ?? '';
  const shared = core.world.sharesGuild(userId, core.bot.id);
  const wrote = (): boolean => channel.log.all().some(({ message }) => message.author.id === userId);
  if (!shared && !wrote()) throw refusals.cannotMessageUser();
}

export function isEmpty(message: APIMessage): boolean {
  return (
    message.content === '' &&
    message.embeds.length === 0 &&
    message.attachments.length === 0 &&
    (message.components ?? []).length === 0 &&
    message.message_snapshots === undefined
  );
}

/** Puts a message into its channel and tells everybody who sees the channel. */
export function insertMessage(core: Core, channel: ChannelState, state: MessageState): void {
  core.world.addMessage(channel, state);
  if (isThread(channel)) {
    channel.thread.messageCount += 1;
    channel.thread.totalMessageSent += 1;
  }
  core.bus.emit(() => ({ type: 'message-create', message: toMessage(core.world, state, core.bot.id) }));
  dispatchMessage(core, 'MESSAGE_CREATE', channel, state);
}

/** Replaces fields of a message and tells everybody who sees it. */
export function updateMessage(
  core: Core,
  channel: ChannelState,
  state: MessageState,
  changes: Partial<APIMessage>,
): void {
  state.message = { ...state.message, ...changes };
  if (state.ephemeralTo !== null) return;
  core.bus.emit(() => ({ type: 'message-update', message: toMessage(core.world, state, core.bot.id) }));
  dispatchMessage(core, 'MESSAGE_UPDATE', channel, state);
}

function dispatchMessage(core: Core, name: string, channel: ChannelState, state: MessageState): void {
  const isDirect = channel.guildId === null;
  core.bus.dispatch({
    name,
    guildId: channel.guildId,
    channelId: channel.id,
    intents: isDirect ? I.DirectMessages : I.GuildMessages,
    data(withContent) {
      const message = toGatewayMessage(core.world, channel, state, core.bot.id);
      return withContent ? message : toMessageWithoutContent(message, core.bot.id, isDirect);
    },
  });
}

/** Own messages, or anybody's with ManageMessages (in a guild). */
export function deleteMessage(core: Core, userId: string, channel: ChannelState, messageId: string): void {
  const state = requireMessage(channel, messageId);
  if (!isOwnMessage(state, userId)) requirePermission(core, userId, channel, P.ManageMessages);
  removeMessages(core, channel, [messageId]);
}

export function bulkDeleteMessages(
  core: Core,
  userId: string,
  channel: ChannelState,
  messageIds: readonly string[],
): void {
  if (channel.guildId === null) throw refusals.cannotExecuteOnDirectMessage();
  requirePermission(core, userId, channel, P.ManageMessages);
  const ids = [...new Set(messageIds)];
  if (ids.length < 2 || ids.length > 100) throw refusals.badBulkDelete();
  const oldest = Date.now() - bulkDeleteMaxAgeMs;
  if (ids.some((id) => toTimestampMs(id) < oldest)) throw refusals.tooOldForBulkDelete();
  const present = ids.filter((id) => channel.log.get(id) !== undefined);
  if (present.length > 0) removeMessages(core, channel, present);
}

export function removeMessages(core: Core, channel: ChannelState, ids: readonly string[]): void {
  for (const id of ids) {
    core.world.removeMessage(channel, id);
    core.bus.emit({ type: 'message-delete', channelId: channel.id, messageId: id });
  }
  if (isThread(channel)) channel.thread.messageCount -= ids.length;
  const place = {
    channel_id: channel.id,
    ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
  };
  const [only] = ids;
  core.bus.dispatch({
    name: ids.length === 1 ? 'MESSAGE_DELETE' : 'MESSAGE_DELETE_BULK',
    guildId: channel.guildId,
    channelId: channel.id,
    intents: channel.guildId === null ? I.DirectMessages : I.GuildMessages,
    data: () => (ids.length === 1 ? { id: only, ...place } : { ids, ...place }),
  });
}

/** A moderator may hide the embeds of another's message, nothing else. */
export function suppressEmbeds(
  core: Core,
  userId: string,
  channel: ChannelState,
  state: MessageState,
  on: boolean,
): void {
  if (!hasPermission(core.world, channel, userId, P.ManageMessages)) throw refusals.notTheAuthor();
  const flags = state.message.flags ?? 0;
  const suppress = MessageFlags.SuppressEmbeds;
  updateMessage(core, channel, state, {
    flags: toFlags(on ? flags | suppress : flags & ~suppress, MessageFlags),
  });
}
