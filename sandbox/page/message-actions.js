import { h } from './dom.js';
import { openMenu } from './message-menu.js';

const QUICK_EMOJI = ['👍', '🎉', '❤️'];
const MESSAGE_COMMAND = 3;
const GUILD_TEXT = 0;

/** What a person can do with a message, in the bar that shows on hover and in the menu. */
export class MessageActions {
  #app;

  /** @param {any} app */
  constructor(app) {
    this.#app = app;
  }

  /** @param {any} message */
  toolbar(message) {
    if (message.isEphemeral) return h('span', { class: 'toolbar', hidden: true });
    const trash = h('img', { src: '/trash.svg', alt: '' });
    return h(
      'div',
      { class: 'toolbar' },
      ...QUICK_EMOJI.map((emoji) => tool(`React ${emoji}`, emoji, () => this.#react(message, emoji))),
      tool('Reply', '↩', () => this.#app.composer.replyTo(message)),
      this.#isOwn(message) && tool('Edit', '✎', () => this.#app.composer.edit(message)),
      this.#isOwn(message) && tool('Delete', trash, () => this.#remove(message)),
      tool('More', '⋯', (event) => this.open(event, message.id)),
    );
  }

  /** @param {MouseEvent} event @param {string} messageId */
  open(event, messageId) {
    const { state } = this.#app;
    const message = state.messages.get(state.channelId)?.get(messageId);
    if (message === undefined || message.isEphemeral) return;
    event.preventDefault();
    openMenu(this.#entries(message), event.clientX, event.clientY);
  }

  /** @param {any} message @returns {import('./message-menu.js').MenuEntry[]} */
  #entries(message) {
    const { state, composer } = this.#app;
    const inGuildChannel = state.channels.get(state.channelId)?.type === GUILD_TEXT;
    const commands = state.commands.filter((/** @type {any} */ { type }) => type === MESSAGE_COMMAND);
    return [
      { label: '↩  Reply', act: () => composer.replyTo(message) },
      ...(this.#isOwn(message) ? [{ label: '✎  Edit', act: () => composer.edit(message) }] : []),
      ...(inGuildChannel ? [{ label: '#  Start a thread', act: () => this.#startThread(message) }] : []),
      ...(this.#isOwn(message) ? [{ label: '✕  Delete', act: () => this.#remove(message) }] : []),
      ...commands.map((/** @type {any} */ command) => ({
        label: `▸  ${command.name}`,
        act: () => this.#runCommand(message, command),
      })),
    ];
  }

  /** @param {any} message */
  #isOwn(message) {
    return message.author.id === this.#app.state.personId;
  }

  /** @param {any} message @param {string} emoji */
  #react(message, emoji) {
    const { connection, state } = this.#app;
    return connection.act({ type: 'react', userId: state.personId, messageId: message.id, emoji });
  }

  /** @param {any} message */
  #remove(message) {
    const { connection, state } = this.#app;
    return connection.act({ type: 'delete', userId: state.personId, messageId: message.id });
  }

  /** @param {any} message */
  async #startThread(message) {
    const { connection, state, store } = this.#app;
    const words = (message.content ?? '').replace(/<[@#]&?!?\d+>/g, '').trim();
    const name = words.slice(0, 60) || 'Thread';
    const { personId: userId, channelId } = state;
    const action = { type: 'start-thread', userId, channelId, name, messageId: message.id };
    const thread = await connection.act(action);
    if (thread === undefined) return;
    store.addChannel(thread);
    store.enter(thread.id);
  }

  /** @param {any} message @param {any} command */
  async #runCommand(message, command) {
    const { connection, state, store, onModal } = this.#app;
    const { personId: userId, channelId } = state;
    const action = { type: 'context-menu', userId, channelId, name: command.name, targetId: message.id };
    const view = await connection.act(action);
    if (view !== undefined) store.setInteractionUser(view.interactionId, userId);
    onModal(view);
  }
}

/** @param {string} label @param {string | Node} sign @param {(event: MouseEvent) => void} act */
function tool(label, sign, act) {
  return h('button', { type: 'button', title: label, 'aria-label': label, onclick: act }, sign);
}
