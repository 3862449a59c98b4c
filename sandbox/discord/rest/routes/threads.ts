import { ChannelType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { z } from 'zod';
import {
  requireChannel,
  requireGuild,
  requireMessage,
  requireNotArchived,
  requirePermission,
} from '../../actions/access.ts';
import { addThreadMember, removeThreadMember } from '../../actions/thread-state.ts';
import {
  createThread,
  createThreadFromMessage,
  listActiveThreads,
  listArchivedThreads,
} from '../../actions/threads.ts';
import type { Core } from '../../core.ts';
import { isThread, type ThreadChannelState } from '../../world/channel-types.ts';
import { toChannel, toMember, toThreadMember } from '../../world/views.ts';
import { refusals } from '../api-error.ts';
import { param, type RestAnswer, type RestRequest, type Route } from '../router.ts';
import { parseBody } from '../validation.ts';
import { autoArchive } from './channels.ts';

const threadBody = z.object({
  name: z.string().min(1).max(100),
  auto_archive_duration: autoArchive.nullish(),
  rate_limit_per_user: z.int().min(0).max(21_600).nullish(),
});

const looseThreadBody = threadBody.extend({
  type: z.union([z.literal(ChannelType.PublicThread), z.literal(ChannelType.PrivateThread)]).nullish(),
  invitable: z.boolean().nullish(),
});

const createBucket = { name: 'threads', limit: 50, windowMs: 300_000 };

export function createThreadRoutes(): Route[] {
  return [...creation, ...membership, ...listing];
}

const creation: readonly Route[] = [
  {
    method: 'POST',
    path: '/channels/:channelId/messages/:messageId/threads',
    bucket: createBucket,
    handle(request) {
      const { core } = request;
      const channel = requireChannel(core, core.bot.id, param(request, 'channelId'));
      const state = requireMessage(channel, param(request, 'messageId'));
      const body = parseBody(threadBody, request.body);
      const thread = createThreadFromMessage(core, core.bot.id, channel, state, {
        name: body.name,
        autoArchiveMinutes: body.auto_archive_duration ?? undefined,
        slowmodeSeconds: body.rate_limit_per_user ?? undefined,
      });
      return { status: 201, body: toChannel(core.world, thread, core.bot.id) };
    },
  },
  {
    method: 'POST',
    path: '/channels/:channelId/threads',
    bucket: createBucket,
    handle(request) {
      const { core } = request;
      const channel = requireChannel(core, core.bot.id, param(request, 'channelId'));
      const body = parseBody(looseThreadBody, request.body);
      const thread = createThread(core, core.bot.id, channel, {
        name: body.name,
        type: body.type ?? ChannelType.PrivateThread,
        autoArchiveMinutes: body.auto_archive_duration ?? undefined,
        invitable: body.invitable ?? undefined,
        slowmodeSeconds: body.rate_limit_per_user ?? undefined,
      });
      return { status: 201, body: toChannel(core.world, thread, core.bot.id) };
    },
  },
];

const membership: readonly Route[] = [
  {
    method: 'PUT',
    path: '/channels/:channelId/thread-members/:userId',
    handle(request) {
      const { core } = request;
      const thread = threadOf(request);
      requireNotArchived(thread);
      const userId = userOf(request);
      if (core.world.memberOf(thread.guildId, userId) === undefined) throw refusals.unknownMember();
      addThreadMember(core, thread, userId);
      return {};
    },
  },
  {
    method: 'DELETE',
    path: '/channels/:channelId/thread-members/:userId',
    handle(request) {
      const { core } = request;
      const thread = threadOf(request);
      requireNotArchived(thread);
      const userId = userOf(request);
      if (userId !== core.bot.id && thread.thread.ownerId !== core.bot.id) {
        requirePermission(core, core.bot.id, thread, P.ManageThreads);
      }
      removeThreadMember(core, thread, userId);
      return {};
    },
  },
  {
    method: 'GET',
    path: '/channels/:channelId/thread-members/:userId',
    handle(request) {
      const thread = threadOf(request);
      const userId = userOf(request);
      const joinedAt = thread.thread.members.get(userId);
      if (joinedAt === undefined) throw refusals.unknownMember();
      return { body: toThreadMember(thread.id, userId, joinedAt) };
    },
  },
  {
    method: 'GET',
    path: '/channels/:channelId/thread-members',
    handle(request) {
      const { core, query } = request;
      const thread = threadOf(request);
      const withMember = query.get('with_member') === 'true';
      const body = [...thread.thread.members].map(([userId, joinedAt]) => {
        const member = core.world.memberOf(thread.guildId, userId);
        const full = withMember && member !== undefined ? { member: toMember(core.world, member) } : {};
        return { ...toThreadMember(thread.id, userId, joinedAt), ...full };
      });
      return { body };
    },
  },
];

const listing: readonly Route[] = [
  {
    method: 'GET',
    path: '/guilds/:guildId/threads/active',
    handle(request) {
      const { core } = request;
      const guild = requireGuild(core, core.bot.id, param(request, 'guildId'));
      return toThreadList(core, listActiveThreads(core, core.bot.id, guild.id), false);
    },
  },
  {
    method: 'GET',
    path: '/channels/:channelId/threads/archived/:kind',
    handle(request) {
      const isPrivate = param(request, 'kind') === 'private';
      return listArchived(request, isPrivate ? ChannelType.PrivateThread : ChannelType.PublicThread, false);
    },
  },
  {
    method: 'GET',
    path: '/channels/:channelId/users/@me/threads/archived/private',
    handle: (request) => listArchived(request, ChannelType.PrivateThread, true),
  },
];

function listArchived(request: RestRequest, type: ChannelType, onlyJoined: boolean): RestAnswer {
  const { core, query } = request;
  const parent = requireChannel(core, core.bot.id, param(request, 'channelId'));
  const needsModerator = type === ChannelType.PrivateThread && !onlyJoined;
  requirePermission(
    core,
    core.bot.id,
    parent,
    P.ReadMessageHistory | (needsModerator ? P.ManageThreads : 0n),
  );
  const limit = Number(query.get('limit') ?? 50);
  const before = query.get('before') ?? '9999';
  const found = listArchivedThreads(core, core.bot.id, parent, type).filter(
    ({ thread }) => thread.archiveChangedAt < before && (!onlyJoined || thread.members.has(core.bot.id)),
  );
  return toThreadList(core, found.slice(0, limit), found.length > limit);
}

function toThreadList(core: Core, threads: readonly ThreadChannelState[], hasMore: boolean): RestAnswer {
  const members = threads.flatMap(({ id, thread }) => {
    const joinedAt = thread.members.get(core.bot.id);
    return joinedAt === undefined ? [] : [toThreadMember(id, core.bot.id, joinedAt)];
  });
  const views = threads.map((thread) => toChannel(core.world, thread, core.bot.id));
  return { body: { threads: views, members, has_more: hasMore } };
}

function threadOf(request: RestRequest): ThreadChannelState {
  const { core } = request;
  const channel = requireChannel(core, core.bot.id, param(request, 'channelId'));
  if (!isThread(channel)) throw refusals.wrongChannelType();
  return channel;
}

function userOf(request: RestRequest): string {
  const named = param(request, 'userId');
  return named === '@me' ? request.core.bot.id : named;
}
