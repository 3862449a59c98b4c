import { applyEvent } from './events.js';
import { createState, restoreState } from './state.js';
import { displayName } from './users.js';
import { canView } from './visibility.js';

const DIRECT_MESSAGE = 1;

/**
 * What the page knows, kept up to date by the sandbox's events.
 * @param {(topics: Set<string>) => void} onChange Called at most once a frame, with all that changed.
 */
export function createStore(onChange) {
  const state = createState();
  /** @type {Set<string>} */
  let topics = new Set();

  /** @param {...string} changed */
  const changes = (...changed) => {
    if (topics.size === 0 && changed.length > 0) {
      requestAnimationFrame(() => {
        const all = topics;
        topics = new Set();
        onChange(all);
      });
    }
    for (const topic of changed) topics.add(topic);
  };

  const people = () =>
    [...state.users.values()].filter((user) => !user.bot && !/^Guest \d+$/.test(displayName(user)));

  const visibleChannels = () =>
    [...state.channels.values()].filter((channel) => canView(state, state.personId, channel));

  const leaveHiddenChannel = () => {
    const channel = state.channels.get(state.channelId);
    if (channel !== undefined && canView(state, state.personId, channel)) return;
    state.channelId = visibleChannels()[0]?.id ?? '';
  };

  /** Who alone sees an ephemeral answer. @param {any} message */
  const viewerOf = (message) => {
    const metadata = message.interaction_metadata ?? message.interaction;
    return metadata?.user?.id ?? state.interactionUsers.get(message.interactionId);
  };

  return {
    state,
    people,
    visibleChannels,
    /** @param {any} message As the sandbox sends it. */
    receive(message) {
      if (message.type === 'events') {
        changes(...message.events.flatMap((/** @type {any} */ event) => applyEvent(state, event)));
        leaveHiddenChannel();
        return;
      }
      if (message.type === 'snapshot') {
        restoreState(state, message);
        if (!state.users.has(state.personId)) state.personId = people()[0]?.id ?? '';
        leaveHiddenChannel();
        changes('channels', 'messages', 'people', 'commands', 'typing', 'stats');
        return;
      }
      if (message.type === 'crowd') state.crowd = message;
      if (message.type === 'stats') state.stats = message;
      changes(message.type);
    },
    /** Speak as somebody else; who was in a direct message is in that person's now. @param {string} personId */
    become(personId) {
      const wasInDm = state.channels.get(state.channelId)?.type === DIRECT_MESSAGE;
      state.personId = personId;
      const dm = visibleChannels().find((channel) => channel.type === DIRECT_MESSAGE);
      if (wasInDm && dm !== undefined) state.channelId = dm.id;
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
      changes('channels');
    },
    /** @param {any} user */
    addUser(user) {
      state.users.set(user.id, user);
      changes('people');
    },
    /** Messages of the channel that this person sees, oldest first. */
    visibleMessages() {
      const all = [...(state.messages.get(state.channelId)?.values() ?? [])];
      return all.filter((message) => !message.isEphemeral || viewerOf(message) === state.personId);
    },
    /** Takes an ephemeral answer off the page. @param {any} message */
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
}
