import { ApplicationFlags, GatewayIntentBits as I } from 'discord-api-types/v10';
import { listActiveThreads } from '../actions/threads.ts';
import type { Core } from '../core.ts';
import type { GuildState } from '../world/entities.ts';
import { toChannel, toGuild, toMember } from '../world/views.ts';

export const privilegedIntents = I.GuildMembers | I.GuildPresences | I.MessageContent;

/** The privileged intents that the application has switched on. */
export function toAllowedIntents(core: Core): number {
  const { messageContentIntent, guildMembersIntent } = core.settings;
  return (messageContentIntent ? I.MessageContent : 0) | (guildMembersIntent ? I.GuildMembers : 0);
}

export function toApplicationFlags(core: Core): number {
  const { messageContentIntent, guildMembersIntent } = core.settings;
  return (
    (messageContentIntent ? ApplicationFlags.GatewayMessageContentLimited : 0) |
    (guildMembersIntent ? ApplicationFlags.GatewayGuildMembersLimited : 0)
  );
}

export function toReady(
  core: Core,
  session: { id: string; shard: readonly [number, number] },
  gatewayUrl: string,
  guilds: readonly GuildState[],
): object {
  return {
    v: 10,
    user: toBotUser(core),
    user_settings: {},
    guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
    private_channels: [],
    relationships: [],
    session_id: session.id,
    session_type: 'normal',
    resume_gateway_url: gatewayUrl,
    shard: session.shard,
    application: { id: core.settings.applicationId, flags: toApplicationFlags(core) },
    _trace: [],
  };
}

export function toBotUser(core: Core): object {
  return { ...core.bot, verified: true, mfa_enabled: true, email: null, flags: 0, locale: 'en-US' };
}

/** What a bot learns about a guild when it connects or joins. */
export function toGatewayGuild(core: Core, guild: GuildState): object {
  const { world, bot, settings } = core;
  const members = [...guild.members.values()].filter(
    ({ userId }) => settings.guildMembersIntent || userId === bot.id,
  );
  return {
    ...toGuild(guild),
    joined_at: guild.members.get(bot.id)?.joinedAt,
    large: guild.members.size > 250,
    unavailable: false,
    member_count: guild.members.size,
    members: members.map((member) => toMember(world, member)),
    channels: [...guild.channelIds].flatMap((id) => {
      const channel = world.channels.get(id);
      return channel === undefined ? [] : [toChannel(world, channel, bot.id)];
    }),
    threads: listActiveThreads(core, bot.id, guild.id).map((thread) => toChannel(world, thread, bot.id)),
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}
