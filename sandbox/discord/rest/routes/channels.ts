import { ChannelType, PermissionFlagsBits as P, ThreadAutoArchiveDuration } from 'discord-api-types/v10';
import { z } from 'zod';
import { requireChannel, requirePermission } from '../../actions/access.ts';
import { announceChannel, removeChannel } from '../../actions/channels.ts';
import { changeThread, requireWritableThread } from '../../actions/thread-state.ts';
import type { Core } from '../../core.ts';
import { isThread, type ThreadChannelState } from '../../world/channel-types.ts';
import type { ChannelState } from '../../world/entities.ts';
import { hasPermission } from '../../world/permissions.ts';
import { toChannel } from '../../world/views.ts';
import { refusals } from '../api-error.ts';
import { param, type RestRequest, type Route } from '../router.ts';
import { parseBody } from '../validation.ts';

export const autoArchive = z.literal([
  ThreadAutoArchiveDuration.OneHour,
  ThreadAutoArchiveDuration.OneDay,
  ThreadAutoArchiveDuration.ThreeDays,
  ThreadAutoArchiveDuration.OneWeek,
]);
const name = z.string().min(1).max(100);

const channelPatch = z.object({
  name: name.optional(),
  topic: z.string().max(1024).nullish(),
  nsfw: z.boolean().optional(),
  rate_limit_per_user: z.int().min(0).max(21_600).nullish(),
});

const threadPatch = z.object({
  name: name.optional(),
  archived: z.boolean().optional(),
  locked: z.boolean().optional(),
  invitable: z.boolean().optional(),
  auto_archive_duration: autoArchive.optional(),
  rate_limit_per_user: z.int().min(0).max(21_600).nullish(),
});

export function createChannelRoutes(): Route[] {
  return [
    {
      method: 'GET',
      path: '/channels/:channelId',
      handle(request) {
        const { core } = request;
        const channel = requireChannel(core, core.bot.id, param(request, 'channelId'));
        return { body: toChannel(core.world, channel, core.bot.id) };
      },
    },
    { method: 'PATCH', path: '/channels/:channelId', handle: patchChannel },
    {
      method: 'DELETE',
      path: '/channels/:channelId',
      handle(request) {
        const { core } = request;
        const channel = requireChannel(core, core.bot.id, param(request, 'channelId'));
        const needed = isThread(channel) ? P.ManageThreads : P.ManageChannels;
        if (channel.guildId !== null) requirePermission(core, core.bot.id, channel, needed);
        const view = toChannel(core.world, channel, core.bot.id);
        // Discord closes a direct message only for the one who asks.
        if (channel.type !== ChannelType.DM) removeChannel(core, channel);
        return { body: view };
      },
    },
  ];
}

function patchChannel(request: RestRequest): { body: object } {
  const { core, body } = request;
  const channel = requireChannel(core, core.bot.id, param(request, 'channelId'));
  if (isThread(channel)) {
    patchThread(core, channel, body);
  } else if (channel.guildId === null) {
    throw refusals.cannotExecuteOnDirectMessage();
  } else {
    patchGuildChannel(core, channel, body);
  }
  return { body: toChannel(core.world, channel, core.bot.id) };
}

/** Its owner may rename and archive a thread, and anyone in it may wake it; locking is for moderators. */
function patchThread(core: Core, channel: ThreadChannelState, body: unknown): void {
  const patch = parseBody(threadPatch, body);
  const { thread } = channel;
  const isModerator = hasPermission(core.world, channel, core.bot.id, P.ManageThreads);
  const onlyWakes =
    patch.archived === false && Object.values(patch).filter((one) => one !== undefined).length === 1;
  const isOwner = thread.ownerId === core.bot.id;
  if (!isModerator) {
    requireWritableThread(core, core.bot.id, channel);
    if (patch.locked !== undefined && patch.locked !== thread.locked) throw refusals.missingPermissions();
    if (!isOwner && !onlyWakes) throw refusals.missingPermissions();
  }
  if (thread.archived && patch.archived !== false) throw refusals.archivedThread();
  changeThread(core, channel, {
    name: patch.name,
    archived: patch.archived,
    locked: patch.locked,
    invitable: patch.invitable,
    autoArchiveMinutes: patch.auto_archive_duration,
    slowmodeSeconds: patch.rate_limit_per_user ?? undefined,
  });
}

function patchGuildChannel(core: Core, channel: ChannelState, body: unknown): void {
  requirePermission(core, core.bot.id, channel, P.ManageChannels);
  const patch = parseBody(channelPatch, body);
  channel.name = patch.name ?? channel.name;
  channel.topic = patch.topic === undefined ? channel.topic : patch.topic;
  channel.nsfw = patch.nsfw ?? channel.nsfw;
  channel.slowmodeSeconds = patch.rate_limit_per_user ?? channel.slowmodeSeconds;
  announceChannel(core, 'CHANNEL_UPDATE', channel);
}
