import { PermissionFlagsBits as P, type MessageFlags } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import { refusals } from '../rest/api-error.ts';
import { isTextBased, isThread } from '../world/channel-types.ts';
import type { ChannelState, GuildState, MessageState } from '../world/entities.ts';
import { hasPermission } from '../world/permissions.ts';

export function requireGuild(core: Core, userId: string, guildId: string): GuildState {
  const guild = core.world.guilds.get(guildId);
  if (guild?.members.has(userId) !== true) throw refusals.unknownGuild();
  return guild;
}

/** The channel, where the user may see it. */
export function requireChannel(core: Core, userId: string, channelId: string): ChannelState {
  const channel = core.world.channels.get(channelId);
  if (channel === undefined) throw refusals.unknownChannel();
  requirePermission(core, userId, channel, P.ViewChannel);
  return channel;
}

export function requireTextChannel(core: Core, userId: string, channelId: string): ChannelState {
  const channel = requireChannel(core, userId, channelId);
  if (!isTextBased(channel)) throw refusals.notTextChannel();
  return channel;
}

/** 50001 where the channel is hidden from the user, 50013 where only the permission is missing. */
export function requirePermission(
  core: Core,
  userId: string,
  channel: ChannelState,
  permission: bigint,
): void {
  if (hasPermission(core.world, channel, userId, permission | P.ViewChannel)) return;
  const isVisible = hasPermission(core.world, channel, userId, P.ViewChannel);
  throw isVisible ? refusals.missingPermissions() : refusals.missingAccess();
}

export function requireMessage(channel: ChannelState, messageId: string): MessageState {
  const state = channel.log.get(messageId);
  if (state === undefined) throw refusals.unknownMessage();
  return state;
}

export function isOwnMessage(state: MessageState, userId: string): boolean {
  return state.message.author.id === userId;
}

/** What an archived thread refuses until somebody wakes it. */
export function requireNotArchived(channel: ChannelState): void {
  if (isThread(channel) && channel.thread.archived) throw refusals.archivedThread();
}

export function hasFlag(state: MessageState, flag: MessageFlags): boolean {
  return ((state.message.flags ?? 0) & flag) !== 0;
}
