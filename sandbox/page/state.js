const MESSAGES_PER_CHANNEL = 200;

/** What the page knows. */
export function createState() {
  return {
    ready: false,
    modelLabel: '',
    botUserId: '',
    /** @type {any[]} */ guilds: [],
    /** @type {Map<string, any>} */ users: new Map(),
    /** @type {Map<string, any>} */ channels: new Map(),
    /** @type {Map<string, Map<string, any>>} by channel, then by message id */ messages: new Map(),
    /** @type {Map<string, { emoji: string, userIds: string[] }[]>} by message */ reactions: new Map(),
    /** @type {any[]} */ commands: [],
    /** @type {Map<string, Map<string, number>>} by channel: user id → until when (ms) */ typing: new Map(),
    /** @type {Map<string, string>} who began an interaction */ interactionUsers: new Map(),
    /** @type {Set<string>} channels with something unread */ unread: new Set(),
    personId: '',
    channelId: '',
    crowd: { running: false, asked: 0, begun: 0, completed: 0 },
    stats: { requests: 0, rateLimited: 0 },
  };
}

/** @typedef {ReturnType<typeof createState>} State */

/**
 * Takes what the sandbox sends to a page that has just opened.
 * @param {State} state
 * @param {any} snapshot
 */
export function restoreState(state, snapshot) {
  state.ready = true;
  state.modelLabel = snapshot.modelLabel;
  state.botUserId = snapshot.botUserId;
  state.guilds = snapshot.guilds;
  state.users = new Map(snapshot.users.map((/** @type {any} */ user) => [user.id, user]));
  state.channels = new Map(snapshot.channels.map((/** @type {any} */ channel) => [channel.id, channel]));
  state.commands = snapshot.commands;
  state.messages = new Map();
  for (const list of Object.values(snapshot.messages)) {
    for (const message of list) putMessage(state, message);
  }
  state.reactions = new Map(Object.entries(snapshot.reactions));
  state.typing.clear();
  state.unread.clear();
}

/**
 * Adds or replaces a message. `revision` grows with each change, so that only changed messages are drawn anew.
 * @param {State} state
 * @param {any} message
 */
export function putMessage(state, message) {
  const messages = state.messages.get(message.channel_id) ?? new Map();
  state.messages.set(message.channel_id, messages);
  const known = messages.get(message.id);
  messages.set(message.id, { ...known, ...message, revision: (known?.revision ?? 0) + 1 });
  if (messages.size > MESSAGES_PER_CHANNEL) messages.delete(messages.keys().next().value);
}
