import { ChannelType, GatewayIntentBits as I, type OverwriteType } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { ChannelState, GuildState } from '../world/entities.ts';
import { isThread } from '../world/channel-types.ts';
import { toChannel } from '../world/views.ts';

export function addGuildChannel(
  core: Core,
  guild: GuildState,
  options: { name: string; type?: ChannelType; topic?: string | null; parentId?: string | null },
): ChannelState {
  const channel: ChannelState = {
    id: core.world.newId(),
    type: options.type ?? ChannelType.GuildText,
    guildId: guild.id,
    name: options.name,
    topic: options.topic ?? null,
    position: guild.channelIds.size,
    nsfw: false,
    slowmodeSeconds: 0,
    parentId: options.parentId ?? null,
    overwrites: new Map(),
    recipientIds: [],
    thread: null,
    lastMessageId: null,
    log: core.world.newLog(),
  };
  core.world.channels.set(channel.id, channel);
  guild.channelIds.add(channel.id);
  return channel;
}

export function announceChannel(
  core: Core,
  name: 'CHANNEL_CREATE' | 'CHANNEL_UPDATE',
  channel: ChannelState,
): void {
  const view = toChannel(core.world, channel, core.bot.id);
  if (name === 'CHANNEL_CREATE') core.bus.emit({ type: 'channel-create', channel: view });
  core.bus.dispatch({ name, guildId: channel.guildId, intents: I.Guilds, data: () => view });
}

export function setOverwrite(
  channel: ChannelState,
  id: string,
  overwrite: { type: OverwriteType; allow?: bigint; deny?: bigint },
): void {
  channel.overwrites.set(id, {
    type: overwrite.type,
    allow: overwrite.allow ?? 0n,
    deny: overwrite.deny ?? 0n,
  });
}

/** With its threads, where it has some. */
export function removeChannel(core: Core, channel: ChannelState): void {
  const guild = core.world.guildOf(channel);
  for (const threadId of guild?.threadIds ?? []) {
    const thread = core.world.channels.get(threadId);
    if (thread?.parentId === channel.id) core.world.removeChannel(thread);
  }
  const view = isThread(channel)
    ? { id: channel.id, guild_id: channel.guildId, parent_id: channel.parentId, type: channel.type }
    : toChannel(core.world, channel, core.bot.id);
  core.world.removeChannel(channel);
  if (channel.guildId === null) core.world.directChannels.delete(toDirectKey(channel.recipientIds));
  core.bus.emit({ type: 'channel-delete', channelId: channel.id });
  core.bus.dispatch({
    name: isThread(channel) ? 'THREAD_DELETE' : 'CHANNEL_DELETE',
    guildId: channel.guildId,
    intents: I.Guilds,
    data: () => view,
  });
}

/** The one direct-message channel of a person and the bot, or another person. */
export function openDirectChannel(core: Core, userId: string, withId = core.bot.id): ChannelState {
  const recipientIds = [userId, withId];
  const key = toDirectKey(recipientIds);
  const existing = core.world.channels.get(core.world.directChannels.get(key) ?? '');
  if (existing !== undefined) return existing;
  const channel: ChannelState = {
    id: core.world.newId(),
    type: ChannelType.DM,
    guildId: null,
    name: null,
    topic: null,
    position: 0,
    nsfw: false,
    slowmodeSeconds: 0,
    parentId: null,
    overwrites: new Map(),
    recipientIds,
    thread: null,
    lastMessageId: null,
    log: core.world.newLog(),
  };
  core.world.channels.set(channel.id, channel);
  core.world.directChannels.set(key, channel.id);
  return channel;
}

/** The same whoever of the two opened it. */
function toDirectKey(recipientIds: readonly string[]): string {
  return recipientIds.toSorted().join(' ');
}
