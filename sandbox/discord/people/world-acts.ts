import { OverwriteType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { GatewayIntentBits as I } from 'discord-api-types/v10';
import {
  addGuildChannel,
  announceChannel,
  openDirectChannel,
  removeChannel,
  setOverwrite,
} from '../actions/channels.ts';
import { addMember, addRole, createGuild, createUser, removeMember } from '../actions/guilds.ts';
import type { Core } from '../core.ts';
import { toGatewayGuild } from '../gateway/ready.ts';
import type { People } from '../types.ts';
import { isThread } from '../world/channel-types.ts';
import type { ChannelState, GuildState } from '../world/entities.ts';
import { toChannel, toGuild } from '../world/views.ts';
import { asPerson } from './refused.ts';

type WorldActs = Pick<
  People,
  | 'addUser'
  | 'addGuild'
  | 'join'
  | 'leave'
  | 'addRole'
  | 'addChannel'
  | 'setBotPermissions'
  | 'openDm'
  | 'deleteChannel'
>;

/** Who and what is there: people, servers, roles, channels, threads. */
export function createWorldActs(core: Core): WorldActs {
  const { world } = core;

  return {
    addUser({ name, bot = false } = {}) {
      const user = createUser(world.newId(), name ?? `Person ${world.users.size}`, bot);
      world.users.set(user.id, user);
      return user;
    },
    addGuild({ name = 'A server', ownerId, memberIds = [], withBot = true } = {}) {
      const owner = ownerId ?? addOwner(core);
      const guild = createGuild(core, name, owner);
      for (const userId of new Set([owner, ...memberIds])) addMember(core, guild, requireUser(core, userId));
      if (withBot) addBot(core, guild);
      return toGuild(guild);
    },
    join(guildId, userId, options = {}) {
      const guild = findGuild(core, guildId);
      asPerson(core, userId, () => {
        if (userId === core.bot.id) addBot(core, guild);
        else addMember(core, guild, userId, options);
      });
    },
    leave(guildId, userId) {
      asPerson(core, userId, () => {
        removeMember(core, findGuild(core, guildId), userId);
      });
    },
    addRole(guildId, options) {
      return { id: addRole(core, findGuild(core, guildId), options).id };
    },
    addChannel(guildId, { name = 'general', hiddenFromEveryone = false, visibleTo = [] } = {}) {
      const guild = findGuild(core, guildId);
      const channel = addGuildChannel(core, guild, { name });
      if (hiddenFromEveryone)
        setOverwrite(channel, guildId, { type: OverwriteType.Role, deny: P.ViewChannel });
      for (const id of visibleTo) {
        const type = guild.roles.has(id) ? OverwriteType.Role : OverwriteType.Member;
        setOverwrite(channel, id, { type, allow: P.ViewChannel });
      }
      announceChannel(core, 'CHANNEL_CREATE', channel);
      return toChannel(world, channel, core.bot.id);
    },
    setBotPermissions(channelId, options) {
      const channel = findChannel(core, channelId);
      const place = isThread(channel) ? findChannel(core, channel.parentId) : channel;
      if (place.guildId === null) throw new Error('A direct message has no permissions to set');
      setOverwrite(place, core.bot.id, { type: OverwriteType.Member, ...options });
      announceChannel(core, 'CHANNEL_UPDATE', place);
    },
    openDm(userId, withUserId = core.bot.id) {
      const channel = openDirectChannel(core, requireUser(core, userId), requireUser(core, withUserId));
      return toChannel(world, channel, core.bot.id);
    },
    deleteChannel(channelId) {
      removeChannel(core, findChannel(core, channelId));
    },
  };
}

/** Owns servers that nobody else does, so that no person of a test has all permissions by accident. */
function addOwner(core: Core): string {
  const owner = createUser(core.world.newId(), 'Server owner', false);
  core.world.users.set(owner.id, owner);
  return owner.id;
}

function addBot(core: Core, guild: GuildState): void {
  addMember(core, guild, core.bot.id);
  core.bus.dispatch({
    name: 'GUILD_CREATE',
    guildId: guild.id,
    intents: I.Guilds,
    data: () => toGatewayGuild(core, guild),
  });
}

function requireUser(core: Core, userId: string): string {
  if (!core.world.users.has(userId)) throw new Error(`There is no person ${userId}`);
  return userId;
}

export function findGuild(core: Core, guildId: string): GuildState {
  const guild = core.world.guilds.get(guildId);
  if (guild === undefined) throw new Error(`There is no server ${guildId}`);
  return guild;
}

export function findChannel(core: Core, channelId: string): ChannelState {
  const channel = core.world.channels.get(channelId);
  if (channel === undefined) throw new Error(`There is no channel ${channelId}`);
  return channel;
}
