import {
  GatewayIntentBits as I,
  PermissionFlagsBits as P,
  ChannelType,
  type APIMessage,
  type APIThreadChannel,
  type ThreadAutoArchiveDuration,
} from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import { refusals } from '../rest/api-error.ts';
import { isThread, type ThreadChannelState } from '../world/channel-types.ts';
import type { ChannelState } from '../world/entities.ts';
import { hasPermission } from '../world/permissions.ts';
import { toChannel, toThreadMember } from '../world/views.ts';

/** A locked thread is for moderators only; one that is merely archived wakes when somebody writes. */
export function requireWritableThread(core: Core, userId: string, channel: ChannelState): void {
  if (!isThread(channel) || !channel.thread.locked) return;
  if (hasPermission(core.world, channel, userId, P.ManageThreads)) return;
  throw channel.thread.archived ? refusals.archivedThread() : refusals.lockedThread();
}

export function wakeThread(core: Core, channel: ChannelState): void {
  if (isThread(channel) && channel.thread.archived) changeThread(core, channel, { archived: false });
}

export interface ThreadChanges {
  readonly name?: string | undefined;
  readonly archived?: boolean | undefined;
  readonly locked?: boolean | undefined;
  readonly invitable?: boolean | undefined;
  readonly autoArchiveMinutes?: ThreadAutoArchiveDuration | undefined;
  readonly slowmodeSeconds?: number | undefined;
}

export function changeThread(core: Core, channel: ThreadChannelState, changes: ThreadChanges): void {
  const { thread } = channel;
  if (changes.archived !== undefined && changes.archived !== thread.archived) {
    thread.archived = changes.archived;
    thread.archiveChangedAt = new Date().toISOString();
  }
  thread.locked = changes.locked ?? thread.locked;
  thread.invitable = changes.invitable ?? thread.invitable;
  thread.autoArchiveMinutes = changes.autoArchiveMinutes ?? thread.autoArchiveMinutes;
  channel.name = changes.name ?? channel.name;
  channel.slowmodeSeconds = changes.slowmodeSeconds ?? channel.slowmodeSeconds;
  const view = toChannel(core.world, channel, core.bot.id);
  core.bus.emit({ type: 'thread-update', channel: view });
  dispatchThread(core, 'THREAD_UPDATE', channel, view);
}

export function dispatchThread(core: Core, name: string, channel: ThreadChannelState, data: object): void {
  core.bus.dispatch({
    name,
    guildId: channel.guildId,
    channelId: channel.id,
    intents: I.Guilds,
    data: () => data,
  });
}

/** Joins; does nothing for a member. Who is added to a private thread sees it from now on. */
export function addThreadMember(core: Core, channel: ThreadChannelState, userId: string): void {
  const { members } = channel.thread;
  if (members.has(userId)) return;
  const joinedAt = new Date().toISOString();
  members.set(userId, joinedAt);
  if (userId === core.bot.id) {
    const view = toChannel(core.world, channel, userId) as APIThreadChannel;
    dispatchThread(core, 'THREAD_CREATE', channel, view);
  }
  dispatchMembers(core, channel, userId, joinedAt);
}

/** Who writes in a thread joins it, and whom a message there names is brought in. */
export function joinByMessage(core: Core, channel: ChannelState, message: APIMessage): void {
  if (!isThread(channel)) return;
  const { invitable } = channel.thread;
  const mayInvite =
    channel.type === ChannelType.PublicThread ||
    invitable ||
    hasPermission(core.world, channel, message.author.id, P.ManageThreads);
  const named = mayInvite ? message.mentions.map(({ id }) => id) : [];
  for (const userId of [message.author.id, ...named]) {
    if (core.world.memberOf(channel.guildId, userId) !== undefined) addThreadMember(core, channel, userId);
  }
}

export function removeThreadMember(core: Core, channel: ThreadChannelState, userId: string): void {
  if (!channel.thread.members.delete(userId)) throw refusals.unknownMember();
  dispatchMembers(core, channel, userId, undefined);
}

/** Without the members intent a bot hears only of its own coming and going. */
function dispatchMembers(
  core: Core,
  channel: ThreadChannelState,
  userId: string,
  joinedAt: string | undefined,
): void {
  if (userId !== core.bot.id && !core.settings.guildMembersIntent) return;
  dispatchThread(core, 'THREAD_MEMBERS_UPDATE', channel, {
    id: channel.id,
    guild_id: channel.guildId,
    member_count: Math.min(channel.thread.members.size, 50),
    ...(joinedAt === undefined
      ? { removed_member_ids: [userId] }
      : { added_members: [toThreadMember(channel.id, userId, joinedAt)] }),
  });
}
