import { MessageFlags, type APIMessage, type APIReaction } from 'discord-api-types/v10';
import type { ChannelState, MessageState } from './entities.ts';
import { toChannel, toPartialMember } from './views.ts';
import type { World } from './world.ts';

/** The message as REST answers it to `viewerId`: with reactions, the message it refers to, its thread. */
export function toMessage(world: World, state: MessageState, viewerId: string): APIMessage {
  const { message } = state;
  const reference = message.message_reference;
  const hasReference = reference?.message_id !== undefined && message.message_snapshots === undefined;
  const hasThread = ((message.flags ?? 0) & MessageFlags.HasThread) !== 0;
  if (!hasReference && !hasThread && state.reactions.size === 0) return message;
  const view: APIMessage = { ...message };
  if (hasReference && reference.message_id !== undefined) {
    const target = world.channels.get(reference.channel_id)?.log.get(reference.message_id);
    view.referenced_message = target === undefined ? null : target.message;
  }
  if (state.reactions.size > 0) view.reactions = toReactions(state, viewerId);
  const thread = hasThread ? world.channels.get(message.id) : undefined;
  if (thread !== undefined) view.thread = toChannel(world, thread);
  return view;
}

function toReactions(state: MessageState, viewerId: string): APIReaction[] {
  return [...state.reactions.values()].map(({ emoji, userIds }) => ({
    emoji,
    count: userIds.size,
    count_details: { normal: userIds.size, burst: 0 },
    me: userIds.has(viewerId),
    me_burst: false,
    burst_colors: [],
  }));
}

/** As the gateway dispatches it: in a guild with the member data of author and mentioned. */
export function toGatewayMessage(
  world: World,
  channel: ChannelState,
  state: MessageState,
  viewerId: string,
): APIMessage {
  const message = toMessage(world, state, viewerId);
  const gateway = { channel_type: channel.type };
  if (channel.guildId === null) return { ...message, ...gateway };
  const author = world.memberOf(channel.guildId, message.author.id);
  const mentions = message.mentions.map((user) => {
    const member = world.memberOf(channel.guildId, user.id);
    return member === undefined ? user : { ...user, member: toPartialMember(member) };
  });
  return {
    ...message,
    mentions,
    ...{ ...gateway, guild_id: channel.guildId },
    ...(author === undefined || message.webhook_id !== undefined ? {} : { member: toPartialMember(author) }),
  };
}

/**
 * What an app without the message-content intent gets: nothing that people wrote, unless it is in a direct
 * message, mentions the app or is the app's own. A message referred to is judged by itself.
 */
export function toMessageWithoutContent(message: APIMessage, botId: string, isDirect: boolean): APIMessage {
  if (isDirect) return message;
  const referenced = message.referenced_message;
  const hasReferenced = referenced !== undefined && referenced !== null;
  const visible = isVisibleWithoutIntent(message, botId);
  if (visible && !hasReferenced) return message;
  return {
    ...message,
    ...(visible ? {} : withoutContent),
    ...(visible || message.message_snapshots === undefined ? {} : { message_snapshots: [] }),
    ...(hasReferenced ? { referenced_message: toMessageWithoutContent(referenced, botId, isDirect) } : {}),
  };
}

const withoutContent = { content: '', embeds: [], attachments: [], components: [] };

function isVisibleWithoutIntent(message: APIMessage, botId: string): boolean {
  return message.author.id === botId || message.mentions.some((user) => user.id === botId);
}
