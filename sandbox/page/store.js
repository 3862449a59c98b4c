import { displayName } from './users.js';
import { canView } from './visibility.js';

const MESSAGES_PER_CHANNEL = 200;
const TYPING_MS = 10_000;

/**
 * What the page knows, kept up to date by the sandbox's events. `topics` name what changed: channels, messages,
 * typing, people, commands, crowd, stats.
 * @param {(topics: Set<string>) => void} onChange
 */
export function createStore(onChange) {
  const state = {
    ready: false,
    modelLabel: '',
    botUserId: '',
    /** @type {any[]} */ guilds: [],
    /** @type {Map<string, any>} */ users: new Map(),
    /** @type {Map<string, any>} */ channels: new Map(),
    /** @type {Map<string, Map<string, any>>} by channel, then by message id */ messages: new Map(),
    /** @type {Map<string, { emoji: string, userIds: string[] }[]>} */ reactions: new Map(),
    /** @type {any[]} */ commands: [],
    /** @type {Map<string, Map<string, number>>} by channel: user id → until when (ms) */ typing: new Map(),
    /** @type {Map<string, string>} person by interaction */ interactionUsers: new Map(),
    /** @type {Set<string>} channels with something unread */ unread: new Set(),
    personId: '',
    channelId: '',
    crowd: { running: false, asked: 0, begun: 0, completed: 0 },
    stats: { requests: 0, rateLimited: 0 },
  };
  /** @type {Set<string>} */
  let topics = new Set();

  /** @param {...string} changed */
  const changes = (...changed) => {
    if (topics.size === 0) {
      requestAnimationFrame(() => {
        const all = topics;
        topics = new Set();
        onChange(all);
      });
    }
    for (const topic of changed) topics.add(topic);
  };

  /** @param {any} snapshot */
  const restore = (snapshot) => {
    state.ready = true;
    state.modelLabel = snapshot.modelLabel;
    state.botUserId = snapshot.botUserId;
    state.guilds = snapshot.guilds;
    state.users = new Map(snapshot.users.map((/** @type {any} */ user) => [user.id, user]));
    state.channels = new Map(snapshot.channels.map((/** @type {any} */ channel) => [channel.id, channel]));
    state.commands = snapshot.commands;
    state.messages = new Map();
    for (const list of Object.values(snapshot.messages)) for (const message of list) put(message);
    state.reactions = new Map(Object.entries(snapshot.reactions));
    state.typing.clear();
    state.unread.clear();
    if (!state.users.has(state.personId)) state.personId = people()[0]?.id ?? '';
    leaveHiddenChannel();
    changes('channels', 'messages', 'people', 'commands', 'typing', 'stats');
  };

  /** @param {any} message */
  const put = (message) => {
    const messages = state.messages.get(message.channel_id) ?? new Map();
    state.messages.set(message.channel_id, messages);
    const known = messages.get(message.id);
    messages.set(message.id, { ...known, ...message, revision: (known?.revision ?? 0) + 1 });
    if (messages.size > MESSAGES_PER_CHANNEL) messages.delete(messages.keys().next().value);
  };

  /** @param {string} messageId @param {string} channelId */
  const touch = (channelId, messageId) => {
    const message = state.messages.get(channelId)?.get(messageId);
    if (message !== undefined) put(message);
    changes('messages');
  };

  /** @param {any} event */
  const apply = (event) => {
    switch (event.type) {
      case 'message-create': {
        const { message } = event;
        if (!state.users.has(message.author.id)) state.users.set(message.author.id, message.author);
        put(message);
        state.typing.get(message.channel_id)?.delete(message.author.id);
        if (message.channel_id !== state.channelId) state.unread.add(message.channel_id);
        return changes('messages', 'typing', 'channels', 'people');
      }
      case 'message-update':
        put(event.message);
        return changes('messages');
      case 'message-delete':
        state.messages.get(event.channelId)?.delete(event.messageId);
        return changes('messages');
      case 'reaction-add':
      case 'reaction-remove':
        applyReaction(event);
        return touch(event.channelId, event.messageId);
      case 'typing': {
        const typing = state.typing.get(event.channelId) ?? new Map();
        state.typing.set(event.channelId, typing.set(event.userId, Date.now() + TYPING_MS));
        return changes('typing', 'channels');
      }
      case 'channel-create':
      case 'thread-create':
      case 'thread-update':
        state.channels.set(event.channel.id, event.channel);
        return changes('channels', 'messages');
      case 'channel-delete':
        state.channels.delete(event.channelId);
        state.messages.delete(event.channelId);
        leaveHiddenChannel();
        return changes('channels', 'messages');
      case 'interaction-response':
        if (event.message !== null && event.ephemeral) {
          put({ ...event.message, interactionId: event.interactionId, isEphemeral: true });
        }
        return changes('messages');
      case 'commands':
        state.commands = event.commands;
        return changes('commands');
    }
  };

  /** @param {any} event */
  const applyReaction = ({ type, messageId, userId, emoji }) => {
    const list = state.reactions.get(messageId) ?? [];
    const others = (list.find((entry) => entry.emoji === emoji)?.userIds ?? []).filter((id) => id !== userId);
    const userIds = type === 'reaction-add' ? [...others, userId] : others;
    const isKnown = list.some((entry) => entry.emoji === emoji);
    const next = isKnown
      ? list.map((entry) => (entry.emoji === emoji ? { emoji, userIds } : entry))
      : [...list, { emoji, userIds }];
    state.reactions.set(
      messageId,
      next.filter((entry) => entry.userIds.length > 0),
    );
  };

  const people = () =>
    [...state.users.values()].filter((user) => !user.bot && !/^Guest \d+$/.test(displayName(user)));

  const leaveHiddenChannel = () => {
    const channel = state.channels.get(state.channelId);
    if (channel !== undefined && canView(state, state.personId, channel)) return;
    state.channelId = visibleChannels()[0]?.id ?? '';
  };

  const visibleChannels = () =>
    [...state.channels.values()].filter((channel) => canView(state, state.personId, channel));

  return {
    state,
    changes,
    people,
    visibleChannels,
    /** @param {any} message As the sandbox sends it. */
    receive(message) {
      if (message.type === 'snapshot') return restore(message);
      if (message.type === 'events') return message.events.forEach(apply);
      if (message.type === 'crowd') state.crowd = message;
      if (message.type === 'stats') state.stats = message;
      changes(message.type);
    },
    /** @param {string} personId */
    become(personId) {
      state.personId = personId;
      const channel = state.channels.get(state.channelId);
      if (channel?.type === 1) state.channelId = dmOf(personId)?.id ?? '';
      leaveHiddenChannel();
      changes('people', 'channels', 'messages', 'typing');
    },
    /** @param {string} channelId */
    enter(channelId) {
      state.channelId = channelId;
      state.unread.delete(channelId);
      changes('channels', 'messages', 'typing');
    },
    /** @param {any} channel */
    addChannel(channel) {
      state.channels.set(channel.id, channel);
    },
    /** @param {any} user */
    addUser(user) {
      state.users.set(user.id, user);
    },
    /** Messages of the channel that this person sees, oldest first. */
    visibleMessages() {
      const all = [...(state.messages.get(state.channelId)?.values() ?? [])];
      return all.filter((message) => !message.isEphemeral || viewerOf(message) === state.personId);
    },
    /** Takes an ephemeral answer off the page; it is gone for its person only. @param {any} message */
    dismiss(message) {
      state.messages.get(message.channel_id)?.delete(message.id);
      changes('messages');
    },
    /** @param {string} interactionId @param {string} userId */
    setInteractionUser(interactionId, userId) {
      state.interactionUsers.set(interactionId, userId);
      changes('messages');
    },
  };

  /** @param {string} personId */
  function dmOf(personId) {
    return [...state.channels.values()].find(
      (channel) => channel.type === 1 && canView(state, personId, channel),
    );
  }

  /** @param {any} message */
  function viewerOf(message) {
    const metadata = message.interaction_metadata ?? message.interaction;
    return metadata?.user?.id ?? state.interactionUsers.get(message.interactionId);
  }
}
