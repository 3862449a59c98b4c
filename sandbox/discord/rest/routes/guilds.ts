import { ChannelType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { z } from 'zod';
import { requireGuild } from '../../actions/access.ts';
import { addGuildChannel, announceChannel } from '../../actions/channels.ts';
import { addRole } from '../../actions/guilds.ts';
import type { GuildState, MemberState } from '../../world/entities.ts';
import { toGuildPermissions } from '../../world/permissions.ts';
import { compareSnowflakes } from '../../world/snowflake.ts';
import { toChannel, toGuild, toMember, toRole } from '../../world/views.ts';
import { refusals } from '../api-error.ts';
import { param, type RestRequest, type Route } from '../router.ts';
import { parseBody } from '../validation.ts';

const channelBody = z.object({
  name: z.string().min(1).max(100),
  type: z.union([z.literal(ChannelType.GuildText), z.literal(ChannelType.GuildCategory)]).nullish(),
  topic: z.string().max(1024).nullish(),
  parent_id: z.string().nullish(),
});

const roleBody = z.object({
  name: z.string().max(100).nullish(),
  permissions: z.string().regex(/^\d+$/).nullish(),
});

const listMembersQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(1),
  after: z.string().regex(/^\d+$/).default('0'),
});

const searchQuery = z.object({
  query: z.string().min(1),
  limit: z.coerce.number().int().min(1).max(1_000).default(1),
});

export function createGuildRoutes(): Route[] {
  return [...guilds, ...members];
}

const guilds: readonly Route[] = [
  {
    method: 'GET',
    path: '/guilds/:guildId',
    handle: (request) => ({ body: toGuild(guildOf(request)) }),
  },
  {
    method: 'GET',
    path: '/guilds/:guildId/channels',
    handle(request) {
      const { core } = request;
      const ids = [...guildOf(request).channelIds];
      const channels = ids.flatMap((id) => core.world.channels.get(id) ?? []);
      return { body: channels.map((channel) => toChannel(core.world, channel, core.bot.id)) };
    },
  },
  {
    method: 'POST',
    path: '/guilds/:guildId/channels',
    handle(request) {
      const { core } = request;
      const guild = guildOf(request);
      requireGuildPermission(request, guild, P.ManageChannels);
      const body = parseBody(channelBody, request.body);
      const channel = addGuildChannel(core, guild, {
        name: body.name,
        type: body.type ?? ChannelType.GuildText,
        topic: body.topic ?? null,
        parentId: body.parent_id ?? null,
      });
      announceChannel(core, 'CHANNEL_CREATE', channel);
      return { status: 201, body: toChannel(core.world, channel, core.bot.id) };
    },
  },
  {
    method: 'GET',
    path: '/guilds/:guildId/roles',
    handle: (request) => ({ body: [...guildOf(request).roles.values()].map(toRole) }),
  },
  {
    method: 'POST',
    path: '/guilds/:guildId/roles',
    handle(request) {
      const guild = guildOf(request);
      requireGuildPermission(request, guild, P.ManageRoles);
      const body = parseBody(roleBody, request.body ?? {});
      const permissions = BigInt(body.permissions ?? '0');
      const role = addRole(request.core, guild, { name: body.name ?? 'new role', permissions });
      return { body: toRole(role) };
    },
  },
];

const members: readonly Route[] = [
  {
    method: 'GET',
    path: '/guilds/:guildId/members/:userId',
    handle(request) {
      const { core } = request;
      const userId = param(request, 'userId');
      const member = guildOf(request).members.get(userId === '@me' ? core.bot.id : userId);
      if (member === undefined) throw refusals.unknownMember();
      return { body: toMember(core.world, member) };
    },
  },
  {
    method: 'GET',
    path: '/guilds/:guildId/members',
    handle(request) {
      const { core, query } = request;
      const guild = guildOf(request);
      if (!core.settings.guildMembersIntent) throw refusals.missingAccess();
      const { limit, after } = parseBody(listMembersQuery, Object.fromEntries(query));
      const found = sorted(guild).filter(({ userId }) => compareSnowflakes(userId, after) > 0);
      return { body: found.slice(0, limit).map((member) => toMember(core.world, member)) };
    },
  },
  {
    method: 'GET',
    path: '/guilds/:guildId/members/search',
    handle(request) {
      const { core } = request;
      const { query, limit } = parseBody(searchQuery, Object.fromEntries(request.query));
      const found = sorted(guildOf(request)).filter(({ userId, nick }) => {
        const name = nick ?? core.world.users.get(userId)?.username ?? '';
        return name.toLowerCase().startsWith(query.toLowerCase());
      });
      return { body: found.slice(0, limit).map((member) => toMember(core.world, member)) };
    },
  },
];

function guildOf(request: RestRequest): GuildState {
  return requireGuild(request.core, request.core.bot.id, param(request, 'guildId'));
}

function requireGuildPermission(request: RestRequest, guild: GuildState, permission: bigint): void {
  const permissions = toGuildPermissions(guild, request.core.bot.id);
  if ((permissions & permission) !== permission) throw refusals.missingPermissions();
}

function sorted(guild: GuildState): MemberState[] {
  return [...guild.members.values()].sort((a, b) => compareSnowflakes(a.userId, b.userId));
}
