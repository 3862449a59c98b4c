import { ChannelType, OverwriteType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { ChannelState, GuildState, OverwriteState } from './entities.ts';
import { isThread } from './channel-types.ts';
import type { World } from './world.ts';

export const allPermissions = Object.values(P).reduce((all, bit) => all | bit, 0n);

/** What Discord gives @everyone in a new server. */
export const everyonePermissions =
  P.CreateInstantInvite |
  P.AddReactions |
  P.Stream |
  P.ViewChannel |
  P.SendMessages |
  P.EmbedLinks |
  P.AttachFiles |
  P.ReadMessageHistory |
  P.MentionEveryone |
  P.UseExternalEmojis |
  P.UseExternalStickers |
  P.Connect |
  P.Speak |
  P.UseVAD |
  P.ChangeNickname |
  P.UseApplicationCommands |
  P.RequestToSpeak |
  P.CreatePublicThreads |
  P.CreatePrivateThreads |
  P.SendMessagesInThreads |
  P.SendVoiceMessages |
  P.SendPolls |
  P.UseExternalApps;

const directMessagePermissions =
  P.AddReactions |
  P.ViewChannel |
  P.SendMessages |
  P.EmbedLinks |
  P.AttachFiles |
  P.ReadMessageHistory |
  P.UseExternalEmojis |
  P.UseExternalStickers |
  P.UseApplicationCommands |
  P.MentionEveryone |
  P.SendVoiceMessages |
  P.SendPolls;

export function toGuildPermissions(guild: GuildState, userId: string): bigint {
  const member = guild.members.get(userId);
  if (member === undefined) return 0n;
  if (guild.ownerId === userId) return allPermissions;
  let permissions = guild.roles.get(guild.id)?.permissions ?? 0n;
  for (const roleId of member.roleIds) permissions |= guild.roles.get(roleId)?.permissions ?? 0n;
  return (permissions & P.Administrator) === 0n ? permissions : allPermissions;
}

/** What a user may do in a channel, overwrites and Discord's implied denials included; 0n for strangers. */
export function toPermissions(world: World, channel: ChannelState, userId: string): bigint {
  if (channel.guildId === null) return channel.recipientIds.includes(userId) ? directMessagePermissions : 0n;
  const guild = world.guilds.get(channel.guildId);
  const member = guild?.members.get(userId);
  if (guild === undefined || member === undefined) return 0n;
  const base = toGuildPermissions(guild, userId);
  if (base === allPermissions) return allPermissions;
  const place = isThread(channel) ? world.channels.get(channel.parentId) : channel;
  if (place === undefined) return 0n;
  const permissions = applyOverwrites(place, guild, member.roleIds, userId, base);
  return withImpliedDenials(channel, userId, permissions);
}

export function hasPermission(
  world: World,
  channel: ChannelState,
  userId: string,
  permission: bigint,
): boolean {
  return (toPermissions(world, channel, userId) & permission) === permission;
}

function applyOverwrites(
  place: ChannelState,
  guild: GuildState,
  roleIds: ReadonlySet<string>,
  userId: string,
  base: bigint,
): bigint {
  const { overwrites } = place;
  if (overwrites.size === 0) return base;
  let permissions = change(base, overwrites.get(guild.id));
  let allow = 0n;
  let deny = 0n;
  for (const roleId of roleIds) {
    const overwrite = overwrites.get(roleId);
    if (overwrite?.type !== OverwriteType.Role) continue;
    allow |= overwrite.allow;
    deny |= overwrite.deny;
  }
  permissions = (permissions & ~deny) | allow;
  return change(permissions, overwrites.get(userId));
}

function change(permissions: bigint, overwrite: OverwriteState | undefined): bigint {
  return overwrite === undefined ? permissions : (permissions & ~overwrite.deny) | overwrite.allow;
}

/** Who cannot see a channel can do nothing in it; who cannot write can neither attach nor embed. */
function withImpliedDenials(channel: ChannelState, userId: string, permissions: bigint): bigint {
  if ((permissions & P.ViewChannel) === 0n) return 0n;
  const { thread } = channel;
  const isOutsider = channel.type === ChannelType.PrivateThread && thread?.members.has(userId) !== true;
  if (isOutsider && (permissions & P.ManageThreads) === 0n) return 0n;
  const writing = thread === null ? P.SendMessages : P.SendMessagesInThreads;
  if ((permissions & writing) !== 0n) return permissions;
  return permissions & ~(P.MentionEveryone | P.SendTTSMessages | P.AttachFiles | P.EmbedLinks);
}
