import {
  GatewayIntentBits as I,
  PermissionFlagsBits as P,
  UserFlags,
  type APIUser,
} from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import { refusals } from '../rest/api-error.ts';
import type { GuildState, MemberState, RoleState } from '../world/entities.ts';
import { toFlags } from '../world/bits.ts';
import { everyonePermissions } from '../world/permissions.ts';
import { toMember, toRole, toUser } from '../world/views.ts';

/** What the README's invitation asks for: the least with which a bot can talk, open threads and react. */
const botPermissions =
  P.ViewChannel |
  P.SendMessages |
  P.SendMessagesInThreads |
  P.CreatePublicThreads |
  P.EmbedLinks |
  P.AttachFiles |
  P.ReadMessageHistory |
  P.AddReactions |
  P.UseExternalEmojis;

export function createUser(id: string, name: string, bot: boolean): APIUser {
  return {
    id,
    username: name.toLowerCase().replaceAll(/[^a-z0-9_.]/g, '_'),
    discriminator: bot ? '0001' : '0',
    global_name: bot ? null : name,
    avatar: null,
    ...(bot ? { bot: true } : {}),
    system: false,
    banner: null,
    accent_color: null,
    public_flags: toFlags(0, UserFlags),
    avatar_decoration_data: null,
  };
}

export function createGuild(core: Core, name: string, ownerId: string): GuildState {
  const id = core.world.newId();
  const everyone: RoleState = {
    id,
    name: '@everyone',
    position: 0,
    permissions: everyonePermissions,
    mentionable: false,
    botId: null,
  };
  const guild: GuildState = {
    id,
    name,
    ownerId,
    roles: new Map([[id, everyone]]),
    members: new Map(),
    channelIds: new Set(),
    threadIds: new Set(),
  };
  core.world.guilds.set(id, guild);
  return guild;
}

/** A bot comes with a role of its own, as an invitation gives it. */
export function addMember(
  core: Core,
  guild: GuildState,
  userId: string,
  options: { roleIds?: readonly string[]; nick?: string } = {},
): MemberState {
  const existing = guild.members.get(userId);
  if (existing !== undefined) return existing;
  for (const roleId of options.roleIds ?? []) {
    if (!guild.roles.has(roleId)) throw refusals.unknownRole();
  }
  const member: MemberState = {
    userId,
    nick: options.nick ?? null,
    roleIds: new Set(options.roleIds),
    joinedAt: new Date().toISOString(),
  };
  if (userId === core.bot.id) {
    const role = addRole(core, guild, {
      name: core.bot.username,
      permissions: botPermissions,
      botId: userId,
    });
    member.roleIds.add(role.id);
  }
  guild.members.set(userId, member);
  if (userId === core.bot.id) return member;
  core.bus.dispatch({
    name: 'GUILD_MEMBER_ADD',
    guildId: guild.id,
    intents: I.GuildMembers,
    data: () => ({ ...toMember(core.world, member), guild_id: guild.id }),
  });
  return member;
}

/** Leaves or is removed. A bot that is gone hears of nothing there any more. */
export function removeMember(core: Core, guild: GuildState, userId: string): void {
  if (!guild.members.has(userId)) throw refusals.unknownMember();
  const isBot = userId === core.bot.id;
  const remove = (): boolean => guild.members.delete(userId);
  // The last event must still find its way to the bot.
  if (!isBot) remove();
  core.bus.dispatch({
    name: isBot ? 'GUILD_DELETE' : 'GUILD_MEMBER_REMOVE',
    guildId: guild.id,
    intents: isBot ? I.Guilds : I.GuildMembers,
    data: () => (isBot ? { id: guild.id } : { guild_id: guild.id, user: toUser(core.world, userId) }),
  });
  if (!isBot) return;
  remove();
  for (const role of guild.roles.values()) if (role.botId === userId) guild.roles.delete(role.id);
}

export function addRole(
  core: Core,
  guild: GuildState,
  options: { name: string; permissions: bigint; botId?: string },
): RoleState {
  const role: RoleState = {
    id: core.world.newId(),
    name: options.name,
    position: guild.roles.size,
    permissions: options.permissions,
    mentionable: false,
    botId: options.botId ?? null,
  };
  guild.roles.set(role.id, role);
  core.bus.dispatch({
    name: 'GUILD_ROLE_CREATE',
    guildId: guild.id,
    intents: I.Guilds,
    data: () => ({ guild_id: guild.id, role: toRole(role) }),
  });
  return role;
}
