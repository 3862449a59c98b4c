import { putMessage } from './state.js';

const TYPING_MS = 10_000;

/**
 * Applies an event of the sandbox.
 * @param {import('./state.js').State} state
 * @param {any} event
 * @returns {string[]} The topics that changed: channels, messages, typing, people, commands.
 */
export function applyEvent(state, event) {
  switch (event.type) {
    case 'message-create':
      return applyCreate(state, event.message);
    case 'message-update':
      putMessage(state, event.message);
      return ['messages'];
    case 'message-delete':
      state.messages.get(event.channelId)?.delete(event.messageId);
      state.reactions.delete(event.messageId);
      return ['messages'];
    case 'reaction-add':
    case 'reaction-remove':
      return applyReaction(state, event);
    case 'typing': {
      const typing = state.typing.get(event.channelId) ?? new Map();
      state.typing.set(event.channelId, typing.set(event.userId, Date.now() + TYPING_MS));
      return ['typing'];
    }
    case 'channel-create':
    case 'thread-create':
    case 'thread-update':
      state.channels.set(event.channel.id, event.channel);
      return ['channels'];
    case 'channel-delete':
      state.channels.delete(event.channelId);
      state.messages.delete(event.channelId);
      return ['channels', 'messages'];
    case 'interaction-response': {
      const { interactionId, message, ephemeral } = event;
      if (message !== null && ephemeral) putMessage(state, { ...message, interactionId, isEphemeral: true });
      return ['messages'];
    }
    case 'commands':
      state.commands = event.commands;
      return ['commands'];
    default:
      return [];
  }
}

/** @param {import('./state.js').State} state @param {any} message */
function applyCreate(state, message) {
  const isNewUser = !state.users.has(message.author.id);
  if (isNewUser) state.users.set(message.author.id, message.author);
  putMessage(state, message);
  state.typing.get(message.channel_id)?.delete(message.author.id);
  const isElsewhere = message.channel_id !== state.channelId;
  const wasRead = isElsewhere && !state.unread.has(message.channel_id);
  if (isElsewhere) state.unread.add(message.channel_id);
  return ['messages', 'typing', ...(wasRead ? ['channels'] : []), ...(isNewUser ? ['people'] : [])];
}

/** @param {import('./state.js').State} state @param {any} event */
function applyReaction(state, { type, channelId, messageId, userId, emoji }) {
  const list = state.reactions.get(messageId) ?? [];
  const known = list.find((entry) => entry.emoji === emoji);
  const others = (known?.userIds ?? []).filter((id) => id !== userId);
  const changed = { emoji, userIds: type === 'reaction-add' ? [...others, userId] : others };
  const next =
    known === undefined ? [...list, changed] : list.map((entry) => (entry === known ? changed : entry));
  state.reactions.set(
    messageId,
    next.filter((entry) => entry.userIds.length > 0),
  );
  const message = state.messages.get(channelId)?.get(messageId);
  if (message !== undefined) putMessage(state, message);
  return ['messages'];
}
