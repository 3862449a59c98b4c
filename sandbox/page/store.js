import { applyEvent } from './events.js';
import { createState, restoreState } from './state.js';
import { displayName } from './users.js';
import { canView } from './visibility.js';

const DIRECT_MESSAGE = 1;
const MAX_INTERACTIONS = 500;

/** What the page knows, kept up to date by the sandbox's events. */
export class Store {
  state = createState();
  #onChange;
  /** @type {Set<string>} */
  #topics = new Set();

  /** @param {(topics: Set<string>) => void} onChange Called at most once a frame, with all that changed. */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @param {any} message As the sandbox sends it. */
  receive(message) {
    if (message.type === 'events') {
      this.#changes(...message.events.flatMap((/** @type {any} */ event) => applyEvent(this.state, event)));
      this.#leaveHiddenChannel();
    } else if (message.type === 'snapshot') this.#restore(message);
    else if (message.type === 'crowd') {
      this.state.crowd = message;
      this.#changes('crowd');
    } else if (message.type === 'stats') {
      this.state.stats = message;
      this.#changes('stats');
    }
  }

  /** Everybody whom one can be; the guests of a crowd speak for themselves. */
  people() {
    return [...this.state.users.values()].filter(
      (user) => !user.bot && !/^Guest \d+$/.test(displayName(user)),
    );
  }

  visibleChannels() {
    const { state } = this;
    return [...state.channels.values()].filter((channel) => canView(state, state.personId, channel));
  }

  /** Messages of the channel that this person sees, oldest first. */
  visibleMessages() {
    const { messages, channelId, personId } = this.state;
    const all = [...(messages.get(channelId)?.values() ?? [])];
    return all.filter((message) => !message.isEphemeral || this.#viewerOf(message) === personId);
  }

  /** Speak as somebody else; who was in a direct message is in that person's now. @param {string} personId */
  become(personId) {
    const { state } = this;
    const wasInDm = state.channels.get(state.channelId)?.type === DIRECT_MESSAGE;
    state.personId = personId;
    const dm = this.visibleChannels().find((channel) => channel.type === DIRECT_MESSAGE);
    if (wasInDm && dm !== undefined) state.channelId = dm.id;
    this.#leaveHiddenChannel();
    this.#changes('people', 'channels', 'messages', 'typing');
  }

  /** @param {string} channelId */
  enter(channelId) {
    this.state.channelId = channelId;
    this.state.unread.delete(channelId);
    this.#changes('channels', 'messages', 'typing');
  }

  /** @param {any} channel */
  addChannel(channel) {
    this.state.channels.set(channel.id, channel);
    this.#changes('channels');
  }

  /** @param {any} user */
  addUser(user) {
    this.state.users.set(user.id, user);
    this.#changes('people');
  }

  /** Takes an ephemeral answer off the page. @param {any} message */
  dismiss(message) {
    this.state.messages.get(message.channel_id)?.delete(message.id);
    this.#changes('messages');
  }

  /** Who began an interaction: its ephemeral answers are theirs. @param {string} interactionId @param {string} userId */
  setInteractionUser(interactionId, userId) {
    const { interactionUsers } = this.state;
    interactionUsers.set(interactionId, userId);
    if (interactionUsers.size > MAX_INTERACTIONS) {
      interactionUsers.delete(interactionUsers.keys().next().value ?? '');
    }
    this.#changes('messages');
  }

  /** @param {any} snapshot */
  #restore(snapshot) {
    restoreState(this.state, snapshot);
    if (!this.state.users.has(this.state.personId)) this.state.personId = this.people()[0]?.id ?? '';
    this.#leaveHiddenChannel();
    this.#changes('channels', 'messages', 'people', 'commands', 'typing', 'stats');
  }

  #leaveHiddenChannel() {
    const { state } = this;
    const channel = state.channels.get(state.channelId);
    if (channel !== undefined && canView(state, state.personId, channel)) return;
    state.channelId = this.visibleChannels()[0]?.id ?? '';
  }

  /** @param {any} message */
  #viewerOf(message) {
    const metadata = message.interaction_metadata ?? message.interaction;
    return metadata?.user?.id ?? this.state.interactionUsers.get(message.interactionId);
  }

  /** @param {...string} changed */
  #changes(...changed) {
    if (this.#topics.size === 0 && changed.length > 0) {
      requestAnimationFrame(() => {
        const topics = this.#topics;
        this.#topics = new Set();
        this.#onChange(topics);
      });
    }
    for (const topic of changed) this.#topics.add(topic);
  }
}
