import { createCommandForm } from './command-form.js';
import { createComposerFiles } from './composer-files.js';
import { createComposerSuggestions } from './composer-suggestions.js';
import { byId, h, notify } from './dom.js';
import { readFile } from './files.js';
import { fromMentions, toMentions } from './mentions.js';
import { displayName } from './users.js';

const MAX_HEIGHT_PX = 220;

/** Where a person writes: messages, replies, edits, files, and slash commands. @param {any} app */
export function createComposer(app) {
  const { state } = app;
  /** @type {HTMLTextAreaElement} */
  const text = h('textarea', { rows: 1, 'aria-label': 'Message', maxlength: 4_000 });
  const files = createComposerFiles(() => text.focus());
  const attach = h(
    'button',
    { type: 'button', class: 'attach', title: 'Add files', onclick: () => files.picker.click() },
    '+',
  );
  const about = h('div', { class: 'about', hidden: true });
  const line = h('div', { class: 'line' }, attach, files.picker, text);
  /** The message that is replied to or edited. @type {{ kind: 'reply' | 'edit', message: any } | undefined} */
  let target;

  /** @param {typeof target} [next] @param {string} [written] */
  const begin = (next, written = '') => {
    target = next;
    files.clear();
    suggestions.hide();
    about.hidden = target === undefined;
    const author = displayName(target?.message.author);
    about.replaceChildren(
      h('span', {}, target?.kind === 'edit' ? 'Editing your message' : `Replying to ${author}`),
      h('button', { type: 'button', title: 'Cancel', onclick: () => begin() }, '✕'),
    );
    text.value = written;
    grow();
    text.focus();
  };

  const grow = () => {
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight, MAX_HEIGHT_PX)}px`;
  };

  /** @param {string} content */
  const toAction = async (content) => {
    const { personId: userId, channelId } = state;
    if (target?.kind === 'edit') return { type: 'edit', userId, messageId: target.message.id, content };
    const reply = target === undefined ? {} : { replyTo: target.message.id };
    const uploads = await Promise.all(files.list().map(readFile));
    return { type: 'say', userId, channelId, content, ...reply, files: uploads };
  };

  const send = async () => {
    const written = text.value;
    const content = toMentions(written.trim(), state.users);
    if (content === '' && files.list().length === 0) return;
    const action = await toAction(content);
    const replaced = target;
    begin();
    try {
      await app.connection.request(action);
      app.list.scrollToEnd();
    } catch (error) {
      // What was written is not lost with the refusal.
      begin(replaced, written);
      notify(/** @type {Error} */ (error).message);
    }
  };

  /** @param {any} entry */
  const runCommand = (entry) => {
    begin();
    const form = createCommandForm(app, entry, () => {
      form.element.replaceWith(line);
      text.focus();
    });
    line.replaceWith(form.element);
    form.focus();
  };

  const suggestions = createComposerSuggestions(state, text, runCommand);
  byId('composer').append(suggestions.element, about, files.chips, line);
  text.addEventListener('input', grow);
  text.addEventListener('paste', files.paste);
  text.addEventListener('keydown', (event) => {
    if (suggestions.handleKey(event)) return;
    if (event.key === 'Escape') begin();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send().catch((error) => notify(error.message));
  });

  return {
    focus: () => text.focus(),
    /** @param {any} message */
    replyTo: (message) => begin({ kind: 'reply', message }),
    /** @param {any} message */
    edit: (message) => begin({ kind: 'edit', message }, fromMentions(message.content, state.users)),
    /** Says where one writes. */
    drawPlaceholder() {
      const channel = state.channels.get(state.channelId);
      const bot = displayName(state.users.get(state.botUserId));
      text.placeholder =
        channel?.type === 1
          ? `Message @${bot}`
          : `Message #${channel?.name ?? ''} — @${bot} asks the bot, / lists its commands`;
    },
  };
}
