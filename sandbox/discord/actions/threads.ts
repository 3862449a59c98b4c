import {
  ChannelType,
  MessageFlags,
  MessageType,
  PermissionFlagsBits as P,
  ThreadAutoArchiveDuration,
} from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import { refusals } from '../rest/api-error.ts';
import { toFlags } from '../world/bits.ts';
import type { ThreadChannelState } from '../world/channel-types.ts';
import type { ChannelState, MessageState } from '../world/entities.ts';
import { hasPermission } from '../world/permissions.ts';
import { toChannel, toUser } from '../world/views.ts';
import { hasFlag, requirePermission } from './access.ts';
import { buildMessage } from './build-message.ts';
import { insertMessage, updateMessage } from './messages.ts';
import { dispatchThread } from './thread-state.ts';

export interface ThreadInput {
  readonly name: string;
  readonly type: ChannelType.PublicThread | ChannelType.PrivateThread;
  readonly autoArchiveMinutes?: ThreadAutoArchiveDuration | undefined;
  readonly invitable?: boolean | undefined;
  readonly slowmodeSeconds?: number | undefined;
}

/** Opens a thread under a message. Its id is the message's. */
export function createThreadFromMessage(
  core: Core,
  userId: string,
  channel: ChannelState,
  state: MessageState,
  input: Omit<ThreadInput, 'type'>,
): ThreadChannelState {
  requireThreadParent(channel);
  requirePermission(core, userId, channel, P.CreatePublicThreads | P.ReadMessageHistory);
  if (hasFlag(state, MessageFlags.HasThread)) throw refusals.threadExists();
  if (
    ![
      MessageType.Default,
      MessageType.Reply,
      MessageType.ChatInputCommand,
      MessageType.ContextMenuCommand,
    ].includes(state.message.type)
  ) {
    throw refusals.systemMessage();
  }
  const thread = addThread(core, userId, channel, state.message.id, {
    ...input,
    type: ChannelType.PublicThread,
  });
  updateMessage(core, channel, state, {
    flags: toFlags((state.message.flags ?? 0) | MessageFlags.HasThread, MessageFlags),
  });
  const starter = buildMessage(core, thread, {
    author: toUser(core.world, userId),
    body: {},
    files: [],
    type: MessageType.ThreadStarterMessage,
    reference: undefined,
  });
  starter.message = {
    ...starter.message,
    message_reference: { message_id: state.message.id, channel_id: channel.id, guild_id: thread.guildId },
  };
  insertMessage(core, thread, starter);
  return thread;
}

export function createThread(
  core: Core,
  userId: string,
  channel: ChannelState,
  input: ThreadInput,
): ThreadChannelState {
  requireThreadParent(channel);
  const isPrivate = input.type === ChannelType.PrivateThread;
  requirePermission(core, userId, channel, isPrivate ? P.CreatePrivateThreads : P.CreatePublicThreads);
  const thread = addThread(core, userId, channel, core.world.newId(), input);
  if (isPrivate) return thread;
  const notice = buildMessage(core, channel, {
    author: toUser(core.world, userId),
    body: { content: input.name },
    files: [],
    type: MessageType.ThreadCreated,
    reference: undefined,
  });
  notice.message = {
    ...notice.message,
    message_reference: { channel_id: thread.id, guild_id: thread.guildId },
  };
  insertMessage(core, channel, notice);
  return thread;
}

function requireThreadParent(channel: ChannelState): void {
  const canHaveThreads =
    channel.type === ChannelType.GuildText || channel.type === ChannelType.GuildAnnouncement;
  if (!canHaveThreads) throw refusals.wrongChannelType();
}

function addThread(
  core: Core,
  userId: string,
  parent: ChannelState,
  id: string,
  input: ThreadInput,
): ThreadChannelState {
  const now = new Date().toISOString();
  const guild = core.world.guildOf(parent);
  if (guild === undefined) throw refusals.wrongChannelType();
  const channel: ThreadChannelState = {
    id,
    type: input.type,
    guildId: guild.id,
    name: input.name,
    topic: null,
    position: 0,
    nsfw: parent.nsfw,
    slowmodeSeconds: input.slowmodeSeconds ?? 0,
    parentId: parent.id,
    overwrites: new Map(),
    recipientIds: [],
    lastMessageId: null,
    log: core.world.newLog(),
    thread: {
      ownerId: userId,
      createdAt: now,
      archived: false,
      locked: false,
      invitable: input.invitable ?? true,
      autoArchiveMinutes: input.autoArchiveMinutes ?? ThreadAutoArchiveDuration.OneDay,
      archiveChangedAt: now,
      members: new Map([[userId, now]]),
      messageCount: 0,
      totalMessageSent: 0,
    },
  };
  core.world.channels.set(id, channel);
  guild.threadIds.add(id);
  const view = toChannel(core.world, channel, core.bot.id);
  core.bus.emit({ type: 'thread-create', channel: view });
  dispatchThread(core, 'THREAD_CREATE', channel, { ...view, newly_created: true });
  return channel;
}

/** The threads of a guild that are not archived, as far as the user sees them. */
export function listActiveThreads(core: Core, userId: string, guildId: string): ThreadChannelState[] {
  return listThreads(core, userId, guildId).filter(({ thread }) => !thread.archived);
}

/** Newest archive first. */
export function listArchivedThreads(
  core: Core,
  userId: string,
  parent: ChannelState,
  type: ChannelType,
): ThreadChannelState[] {
  return listThreads(core, userId, parent.guildId ?? '')
    .filter((channel) => channel.parentId === parent.id && channel.type === type && channel.thread.archived)
    .sort((a, b) => b.thread.archiveChangedAt.localeCompare(a.thread.archiveChangedAt));
}

function listThreads(core: Core, userId: string, guildId: string): ThreadChannelState[] {
  const ids = core.world.guilds.get(guildId)?.threadIds ?? [];
  const found: ThreadChannelState[] = [];
  for (const id of ids) {
    const channel = core.world.channels.get(id);
    if (channel?.thread === null || channel === undefined) continue;
    if (hasPermission(core.world, channel, userId, P.ViewChannel)) found.push(channel as ThreadChannelState);
  }
  return found;
}
