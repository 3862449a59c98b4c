import { GatewayIntentBits as I, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import { refusals } from '../rest/api-error.ts';
import type { ChannelState, MessageState, ReactionState } from '../world/entities.ts';
import { toMember, toPartialMember, toUser } from '../world/views.ts';
import { requireNotArchived, requirePermission } from './access.ts';

const maxKindsPerMessage = 20;

/** `👍`, or `name:id` for a custom one (with or without the brackets of a message). */
export function parseEmoji(text: string): ReactionState['emoji'] & { readonly key: string } {
  const custom = /^<?a?:?(\w{2,32}):(\d{15,20})>?$/.exec(text);
  if (custom?.[1] !== undefined && custom[2] !== undefined) {
    return { id: custom[2], name: custom[1], key: `${custom[1]}:${custom[2]}` };
  }
  if (!/^(\p{RGI_Emoji}|[\p{Emoji_Presentation}\p{Extended_Pictographic}]\uFE0F?)$/v.test(text)) {
    throw refusals.unknownEmoji();
  }
  return { id: null, name: text, key: text };
}

export function addReaction(
  core: Core,
  userId: string,
  channel: ChannelState,
  state: MessageState,
  text: string,
): void {
  const { key, ...emoji } = parseEmoji(text);
  requireNotArchived(channel);
  const existing = state.reactions.get(key);
  const needed = existing === undefined ? P.ReadMessageHistory | P.AddReactions : P.ReadMessageHistory;
  requirePermission(core, userId, channel, needed);
  if (existing?.userIds.has(userId) === true) return;
  if (existing === undefined && state.reactions.size >= maxKindsPerMessage) throw refusals.tooManyReactions();
  if (existing === undefined) state.reactions.set(key, { emoji, userIds: new Set([userId]) });
  else existing.userIds.add(userId);
  announce(core, 'MESSAGE_REACTION_ADD', channel, state, emoji, userId);
  const event = { channelId: channel.id, messageId: state.message.id, userId, emoji: key };
  core.bus.emit({ type: 'reaction-add', ...event });
}

/** Somebody else's needs ManageMessages. */
export function removeReaction(
  core: Core,
  actorId: string,
  channel: ChannelState,
  state: MessageState,
  text: string,
  userId: string,
): void {
  const { key, ...emoji } = parseEmoji(text);
  if (actorId !== userId) requirePermission(core, actorId, channel, P.ManageMessages);
  const existing = state.reactions.get(key);
  if (existing?.userIds.delete(userId) !== true) return;
  if (existing.userIds.size === 0) state.reactions.delete(key);
  announce(core, 'MESSAGE_REACTION_REMOVE', channel, state, emoji, userId);
  const event = { channelId: channel.id, messageId: state.message.id, userId, emoji: key };
  core.bus.emit({ type: 'reaction-remove', ...event });
}

/** All of a message's reactions, or all of one emoji. */
export function clearReactions(
  core: Core,
  actorId: string,
  channel: ChannelState,
  state: MessageState,
  text?: string,
): void {
  requirePermission(core, actorId, channel, P.ManageMessages);
  const only = text === undefined ? undefined : parseEmoji(text);
  for (const [key, { userIds }] of [...state.reactions]) {
    if (only !== undefined && only.key !== key) continue;
    state.reactions.delete(key);
    for (const userId of userIds) {
      const event = { channelId: channel.id, messageId: state.message.id, userId, emoji: key };
      core.bus.emit({ type: 'reaction-remove', ...event });
    }
  }
  dispatch(
    core,
    only === undefined ? 'MESSAGE_REACTION_REMOVE_ALL' : 'MESSAGE_REACTION_REMOVE_EMOJI',
    channel,
    {
      ...place(channel, state),
      ...(only === undefined ? {} : { emoji: { id: only.id, name: only.name } }),
    },
  );
}

function announce(
  core: Core,
  name: 'MESSAGE_REACTION_ADD' | 'MESSAGE_REACTION_REMOVE',
  channel: ChannelState,
  state: MessageState,
  emoji: ReactionState['emoji'],
  userId: string,
): void {
  const member = core.world.memberOf(channel.guildId, userId);
  const added = name === 'MESSAGE_REACTION_ADD';
  dispatch(core, name, channel, {
    ...place(channel, state),
    user_id: userId,
    emoji,
    burst: false,
    type: 0,
    ...(added ? { message_author_id: state.message.author.id } : {}),
    ...(added && member !== undefined ? { member: toMember(core.world, member) } : {}),
  });
}

function place(channel: ChannelState, state: MessageState): object {
  return {
    channel_id: channel.id,
    message_id: state.message.id,
    ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
  };
}

function dispatch(core: Core, name: string, channel: ChannelState, data: object): void {
  core.bus.dispatch({
    name,
    guildId: channel.guildId,
    channelId: channel.id,
    intents: channel.guildId === null ? I.DirectMessageReactions : I.GuildMessageReactions,
    data: () => data,
  });
}

export function startTyping(core: Core, userId: string, channel: ChannelState): void {
  const member = core.world.memberOf(channel.guildId, userId);
  core.bus.emit({ type: 'typing', channelId: channel.id, userId });
  core.bus.dispatch({
    name: 'TYPING_START',
    guildId: channel.guildId,
    channelId: channel.id,
    intents: channel.guildId === null ? I.DirectMessageTyping : I.GuildMessageTyping,
    data: () => ({
      channel_id: channel.id,
      user_id: userId,
      timestamp: Math.floor(Date.now() / 1000),
      ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
      ...(member === undefined
        ? {}
        : { member: { ...toPartialMember(member), user: toUser(core.world, userId) } }),
    }),
  });
}
