import { CommandForm } from './command-form.js';
import { createComposerFiles } from './composer-files.js';
import { createComposerSuggestions } from './composer-suggestions.js';
import { byId, h, notify } from './dom.js';
import { readFile } from './files.js';
import { fromMentions, toMentions } from './mentions.js';
import { displayName } from './users.js';
import { isThread } from './visibility.js';

const MAX_HEIGHT_PX = 220;
const DIRECT_MESSAGE = 1;

/**
 * The message that is replied to or edited.
 * @typedef {{ kind: 'reply' | 'edit', message: any }} Target
 */

/** Where a person writes: messages, replies, edits, files, and slash commands. */
export class Composer {
  #app;
  /** @type {Target | undefined} */
  #target;
  /** @type {HTMLTextAreaElement} */
  #text = h('textarea', { rows: 1, 'aria-label': 'Message', maxlength: 4_000 });
  #files = createComposerFiles(() => this.focus());
  #about = h('div', { class: 'about', hidden: true });
  #line = h('div', { class: 'line' });
  #suggestions;

  /** @param {any} app */
  constructor(app) {
    this.#app = app;
    const openPicker = () => this.#files.picker.click();
    const attach = h(
      'button',
      { type: 'button', class: 'attach', title: 'Add files', onclick: openPicker },
      '+',
    );
    this.#line.append(attach, this.#files.picker, this.#text);
    this.#suggestions = createComposerSuggestions(app.state, this.#text, (entry) => this.#runCommand(entry));
    byId('composer').append(this.#suggestions.element, this.#about, this.#files.chips, this.#line);
    this.#text.addEventListener('input', () => this.#grow());
    this.#text.addEventListener('paste', this.#files.paste);
    this.#text.addEventListener('keydown', (event) => this.#handleKey(event));
  }

  focus() {
    this.#text.focus();
  }

  /** @param {any} message */
  replyTo(message) {
    this.#begin({ kind: 'reply', message });
  }

  /** @param {any} message */
  edit(message) {
    this.#begin({ kind: 'edit', message }, fromMentions(message.content, this.#app.state.users));
  }

  /** Says where one writes. */
  drawPlaceholder() {
    const { channels, channelId, users, botUserId } = this.#app.state;
    const channel = channels.get(channelId);
    const bot = displayName(users.get(botUserId));
    const where = channel && isThread(channel) ? `“${channel.name}”` : `#${channel?.name ?? ''}`;
    this.#text.placeholder =
      channel?.type === DIRECT_MESSAGE
        ? `Message @${bot}`
        : `Message ${where} — @${bot} asks the bot, / lists its commands`;
  }

  /** @param {Target} [target] @param {string} [written] */
  #begin(target, written = '') {
    this.#target = target;
    this.#files.clear();
    this.#suggestions.hide();
    this.#about.hidden = target === undefined;
    const author = displayName(target?.message.author);
    this.#about.replaceChildren(
      h('span', {}, target?.kind === 'edit' ? 'Editing your message' : `Replying to ${author}`),
      h('button', { type: 'button', title: 'Cancel', onclick: () => this.#begin() }, '✕'),
    );
    this.#text.value = written;
    this.#grow();
    this.focus();
  }

  #grow() {
    this.#text.style.height = 'auto';
    this.#text.style.height = `${Math.min(this.#text.scrollHeight, MAX_HEIGHT_PX)}px`;
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (this.#suggestions.handleKey(event)) return;
    if (event.key === 'Escape') this.#begin();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send().catch((error) => notify(error.message));
  }

  async #send() {
    const { state, connection, list } = this.#app;
    const written = this.#text.value;
    const content = toMentions(written.trim(), state.users);
    if (content === '' && this.#files.list().length === 0) return;
    const action = await this.#toAction(content);
    const target = this.#target;
    this.#begin();
    try {
      await connection.request(action);
      list.scrollToEnd();
    } catch (error) {
      // What was written is not lost with the refusal.
      this.#begin(target, written);
      notify(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} content */
  async #toAction(content) {
    const { personId: userId, channelId } = this.#app.state;
    const target = this.#target;
    if (target?.kind === 'edit') return { type: 'edit', userId, messageId: target.message.id, content };
    const reply = target === undefined ? {} : { replyTo: target.message.id };
    const files = await Promise.all(this.#files.list().map(readFile));
    return { type: 'say', userId, channelId, content, ...reply, files };
  }

  /** @param {any} entry */
  #runCommand(entry) {
    this.#begin();
    const form = new CommandForm(this.#app, entry, () => {
      form.element.replaceWith(this.#line);
      this.focus();
    });
    this.#line.replaceWith(form.element);
    form.focus();
  }
}
