import { h } from './dom.js';
import { toPlainText } from './markdown-parse.js';
import { renderMarkdown } from './markdown-render.js';
import { renderAttachments, renderComponents, renderEmbeds } from './message-extras.js';
import { avatarOf, colorOf, displayName } from './users.js';

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const THREAD_STARTER = 21;
const MAX_REPLY_CHARACTERS = 90;
const GROUP_MS = 7 * 60_000;
const SYSTEM_TYPES = { 7: 'join', 18: 'thread' };

/**
 * Draws a message with Discord's own look. `context` has the state and what the person can do.
 * @param {any} message
 * @param {any} previous The message above, for messages that follow each other closely.
 * @param {{ state: any, connection: any, onDismiss: (message: any) => void, onModal: (view: any) => void }} context
 */
export function renderMessage(message, previous, context) {
  const { state } = context;
  if (message.type === THREAD_STARTER && message.referenced_message) {
    return renderMessage({ ...message.referenced_message, id: message.id, type: 0 }, previous, context);
  }
  const systemType = SYSTEM_TYPES[/** @type {keyof typeof SYSTEM_TYPES} */ (message.type)];
  if (systemType !== undefined) return renderSystemMessage(message, systemType, state);
  const { author } = message;
  const isBot = author.id === state.botUserId;
  const reply = renderReply(message, state);
  const isEphemeral = message.isEphemeral || (message.flags & EPHEMERAL) !== 0;
  const element = h(
    'discord-message',
    {
      author: displayName(author),
      avatar: avatarOf(author, state.botUserId),
      bot: author.bot === true,
      verified: isBot,
      'role-color': isBot ? '#f2f3f5' : lighten(colorOf(author)),
      timestamp: formatTime(message.timestamp),
      edited: message.edited_timestamp !== null && message.edited_timestamp !== undefined && !isBot,
      ephemeral: isEphemeral,
      highlight: !isEphemeral && mentions(message, state.personId) && author.id !== state.personId,
      'message-body-only': reply === undefined && follows(message, previous),
    },
    reply,
    ...renderContent(message, state),
    ...renderEmbeds(message, state),
    ...renderAttachments(message),
    ...renderComponents(message, context),
    renderReactions(message, context),
  );
  element.dismissMessageClicked = () => context.onDismiss(message);
  return element;
}

/** @param {any} message @param {any} state */
function renderContent(message, state) {
  if ((message.flags & LOADING) !== 0)
    return [h('span', { class: 'thinking' }, `${displayName(message.author)} is thinking…`)];
  const snapshot = message.message_snapshots?.[0]?.message;
  const forwarded = snapshot
    ? [
        h('discord-subscript', {}, '↪ Forwarded'),
        h('discord-quote', {}, ...renderMarkdown(snapshot.content ?? '', state)),
      ]
    : [];
  return [...renderMarkdown(message.content ?? '', state), ...forwarded];
}

/** The line above a message: what it replies to, or the command that it answers. @param {any} message @param {any} state */
function renderReply(message, state) {
  const interaction = message.interaction_metadata ?? message.interaction;
  if (interaction?.user !== undefined && message.type !== 19) {
    const command = message.interaction?.name ?? interaction.name;
    const user = state.users.get(interaction.user.id) ?? interaction.user;
    const attributes = {
      slot: 'reply',
      author: displayName(user),
      avatar: avatarOf(user, state.botUserId),
      'role-color': lighten(colorOf(user)),
      command: command ?? 'a command',
    };
    return message.type === 20 || message.type === 23 ? h('discord-command', attributes) : undefined;
  }
  const reference = message.message_reference;
  if (message.type !== 19 || reference?.message_id === undefined) return undefined;
  const target =
    state.messages.get(reference.channel_id ?? message.channel_id)?.get(reference.message_id) ??
    message.referenced_message;
  if (!target) return h('discord-reply', { slot: 'reply', deleted: true });
  return h(
    'discord-reply',
    {
      slot: 'reply',
      author: displayName(target.author),
      avatar: avatarOf(target.author, state.botUserId),
      bot: target.author.bot === true,
      verified: target.author.id === state.botUserId,
      'role-color': lighten(colorOf(target.author)),
      mentions: mentions(message, target.author.id),
      attachment: (target.attachments?.length ?? 0) > 0,
    },
    toPlainLine(target, state),
  );
}

/** @param {any} message @param {string} type @param {any} state */
function renderSystemMessage(message, type, state) {
  const name = h('i', { class: 'system-name' }, displayName(message.author));
  const text = type === 'thread' ? [' started a thread: ', h('b', {}, message.content)] : [' joined.'];
  const element = h('discord-system-message', { type }, name, ...text);
  element.timestamp = formatTime(message.timestamp);
  return element;
}

/** @param {any} message @param {any} context */
function renderReactions(message, { state, connection }) {
  const reactions = state.reactions.get(message.id) ?? [];
  if (reactions.length === 0) return undefined;
  return h(
    'discord-reactions',
    { slot: 'reactions' },
    ...reactions.map((/** @type {{ emoji: string, userIds: string[] }} */ { emoji, userIds }) =>
      h('discord-reaction', {
        emoji,
        name: emoji,
        count: userIds.length,
        reacted: userIds.includes(state.personId),
        onclick: () =>
          connection.act({ type: 'react', userId: state.personId, messageId: message.id, emoji }),
      }),
    ),
  );
}

/** @param {any} message @param {any} previous */
function follows(message, previous) {
  return (
    previous !== undefined &&
    previous.author.id === message.author.id &&
    previous.type === 0 &&
    message.type === 0 &&
    !message.isEphemeral &&
    Date.parse(message.timestamp) - Date.parse(previous.timestamp) < GROUP_MS
  );
}

/** @param {any} message @param {string} userId */
function mentions(message, userId) {
  return (message.mentions ?? []).some((/** @type {any} */ user) => user.id === userId);
}

/** @param {any} message @param {any} state */
function toPlainLine(message, state) {
  const text = toPlainText(message.content ?? '', ({ type, id = '' }) =>
    type === 'channel' ? `#${state.channels.get(id)?.name ?? ''}` : `@${displayName(state.users.get(id))}`,
  );
  if (text === '') return 'Click to see attachment';
  return text.length > MAX_REPLY_CHARACTERS ? `${text.slice(0, MAX_REPLY_CHARACTERS)}…` : text;
}

/** @param {string} timestamp */
function formatTime(timestamp) {
  const date = new Date(timestamp);
  return `Today at ${date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
}

/** A colour that can be read on a dark ground. @param {string} color */
function lighten(color) {
  const channels = [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
  return `#${channels
    .map((value) =>
      Math.round(value + (255 - value) * 0.35)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}
