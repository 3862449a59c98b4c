import {
  ChannelType,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIRole,
  type APIThreadChannel,
  type APIThreadMember,
  ChannelFlags,
  GuildMemberFlags,
  GuildSystemChannelFlags,
  RoleFlags,
  ThreadMemberFlags,
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  GuildMFALevel,
  GuildNSFWLevel,
  GuildPremiumTier,
  GuildVerificationLevel,
  Locale,
  type APIUser,
} from 'discord-api-types/v10';
import type { ChannelState, GuildState, MemberState, RoleState } from './entities.ts';
import { isThread, type ThreadChannelState } from './channel-types.ts';
import { toFlags } from './bits.ts';
import type { World } from './world.ts';

const colorless = {
  color: 0,
  colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
};

export function toRole(role: RoleState): APIRole {
  return {
    id: role.id,
    name: role.name,
    ...colorless,
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: role.position,
    permissions: role.permissions.toString(),
    managed: role.botId !== null,
    mentionable: role.mentionable,
    flags: toFlags(0, RoleFlags),
    ...(role.botId === null ? {} : { tags: { bot_id: role.botId } }),
  };
}

/** A member without its user, as it stands in messages and mentions. */
export function toPartialMember(member: MemberState): Omit<APIGuildMember, 'user'> {
  return {
    nick: member.nick,
    avatar: null,
    banner: null,
    roles: [...member.roleIds],
    joined_at: member.joinedAt,
    premium_since: null,
    deaf: false,
    mute: false,
    pending: false,
    communication_disabled_until: null,
    flags: toFlags(0, GuildMemberFlags),
  };
}

export function toMember(world: World, member: MemberState): APIGuildMember {
  return { ...toPartialMember(member), user: toUser(world, member.userId) };
}

export function toUser(world: World, userId: string): APIUser {
  const user = world.users.get(userId);
  if (user === undefined) throw new Error(`There is no user ${userId}`);
  return user;
}

/** `viewerId` decides about the `member` of a thread. */
export function toChannel(world: World, channel: ChannelState, viewerId?: string): APIChannel {
  if (isThread(channel)) return toThread(channel, viewerId);
  const text = {
    id: channel.id,
    last_message_id: channel.lastMessageId,
    last_pin_timestamp: null,
    flags: toFlags(0, ChannelFlags),
  };
  if (channel.guildId === null) {
    const recipients = channel.recipientIds.filter((id) => id !== viewerId);
    return {
      ...text,
      type: ChannelType.DM,
      name: null,
      recipients: recipients.map((id) => toUser(world, id)),
    };
  }
  return {
    ...text,
    type: channel.type as ChannelType.GuildText,
    guild_id: channel.guildId,
    name: channel.name ?? '',
    topic: channel.topic,
    position: channel.position,
    nsfw: channel.nsfw,
    rate_limit_per_user: channel.slowmodeSeconds,
    parent_id: channel.parentId,
    permission_overwrites: [...channel.overwrites].map(([id, { type, allow, deny }]) => ({
      id,
      type,
      allow: allow.toString(),
      deny: deny.toString(),
    })),
  };
}

function toThread(channel: ThreadChannelState, viewerId: string | undefined): APIChannel {
  const { thread } = channel;
  const joinedAt = viewerId === undefined ? undefined : thread.members.get(viewerId);
  const view: APIThreadChannel = {
    id: channel.id,
    type: channel.type as APIThreadChannel['type'],
    guild_id: channel.guildId,
    parent_id: channel.parentId,
    owner_id: thread.ownerId,
    name: channel.name ?? '',
    last_message_id: channel.lastMessageId,
    last_pin_timestamp: null,
    rate_limit_per_user: channel.slowmodeSeconds,
    message_count: thread.messageCount,
    member_count: Math.min(thread.members.size, 50),
    total_message_sent: thread.totalMessageSent,
    flags: toFlags(0, ChannelFlags),
    thread_metadata: {
      archived: thread.archived,
      locked: thread.locked,
      auto_archive_duration: thread.autoArchiveMinutes,
      archive_timestamp: thread.archiveChangedAt,
      create_timestamp: thread.createdAt,
      ...(channel.type === ChannelType.PrivateThread ? { invitable: thread.invitable } : {}),
    },
    applied_tags: [],
    ...(viewerId === undefined || joinedAt === undefined
      ? {}
      : { member: toThreadMember(channel.id, viewerId, joinedAt) }),
  };
  return view;
}

export function toThreadMember(threadId: string, userId: string, joinedAt: string): APIThreadMember {
  return { id: threadId, user_id: userId, join_timestamp: joinedAt, flags: toFlags(0, ThreadMemberFlags) };
}

export function toGuild(guild: GuildState): APIGuild {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    owner_id: guild.ownerId,
    afk_channel_id: null,
    afk_timeout: 300,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: GuildVerificationLevel.None,
    default_message_notifications: GuildDefaultMessageNotifications.OnlyMentions,
    explicit_content_filter: GuildExplicitContentFilter.Disabled,
    roles: [...guild.roles.values()].map(toRole),
    emojis: [],
    features: [],
    mfa_level: GuildMFALevel.None,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: toFlags(0, GuildSystemChannelFlags),
    rules_channel_id: null,
    max_members: 25_000_000,
    vanity_url_code: null,
    description: null,
    banner: null,
    premium_tier: GuildPremiumTier.None,
    premium_subscription_count: 0,
    preferred_locale: Locale.EnglishUS,
    public_updates_channel_id: null,
    max_video_channel_users: 25,
    max_stage_video_channel_users: 50,
    approximate_member_count: guild.members.size,
    nsfw_level: GuildNSFWLevel.Default,
    stickers: [],
    premium_progress_bar_enabled: false,
    hub_type: null,
    safety_alerts_channel_id: null,
    incidents_data: null,
  };
}
