import { createCommandForm } from './command-form.js';
import { toCommandEntries } from './commands.js';
import { byId, h, notify } from './dom.js';
import { readFile } from './files.js';
import { createSuggestions } from './suggestions.js';
import { avatarOf, displayName } from './users.js';

/** Where a person writes: messages, replies, edits, files, and slash commands. @param {any} app */
export function createComposer(app) {
  const { state, store, connection } = app;
  const suggestions = createSuggestions();
  const text = h('textarea', { rows: 1, 'aria-label': 'Message', maxlength: 4_000 });
  const picker = h('input', { type: 'file', multiple: true, hidden: true });
  const about = h('div', { class: 'about', hidden: true });
  const chips = h('div', { class: 'chips', hidden: true });
  const attach = h('button', { type: 'button', class: 'attach', title: 'Add files' }, '+');
  const line = h('div', { class: 'line' }, attach, picker, text);
  const root = byId('composer');
  root.append(suggestions.element, about, chips, line);

  /** @type {any} */ let replyTarget;
  /** @type {any} */ let editTarget;
  /** @type {File[]} */ let files = [];

  const send = async () => {
    const content = toMentions(text.value.trim(), state);
    if (content === '' && files.length === 0) return;
    const { personId: userId, channelId } = state;
    const uploads = await Promise.all(files.map(readFile));
    const action = editTarget
      ? { type: 'edit', userId, messageId: editTarget.id, content }
      : {
          type: 'say',
          userId,
          channelId,
          content,
          ...(replyTarget ? { replyTo: replyTarget.id } : {}),
          ...(uploads.length > 0 ? { files: uploads } : {}),
        };
    const written = text.value;
    reset();
    try {
      await connection.request(action);
      app.list.scrollToEnd();
    } catch (error) {
      text.value = written;
      notify(/** @type {Error} */ (error).message);
    }
  };

  const reset = () => {
    replyTarget = editTarget = undefined;
    app.editing = undefined;
    files = [];
    text.value = '';
    suggestions.hide();
    draw();
  };

  const draw = () => {
    const target = editTarget ?? replyTarget;
    about.hidden = target === undefined;
    about.replaceChildren(
      h('span', {}, editTarget ? 'Editing your message' : `Replying to ${displayName(target?.author)}`),
      h('button', { type: 'button', title: 'Cancel', onclick: reset }, '✕'),
    );
    chips.hidden = files.length === 0;
    chips.replaceChildren(...files.map(fileChip));
    grow();
    placeholder();
  };

  /** @param {File} file */
  const fileChip = (file) => {
    const remove = () => {
      files = files.filter((other) => other !== file);
      draw();
    };
    return h('span', {}, file.name, h('button', { type: 'button', title: 'Remove', onclick: remove }, '✕'));
  };

  const grow = () => {
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight, 220)}px`;
  };

  const placeholder = () => {
    const channel = state.channels.get(state.channelId);
    const bot = displayName(state.users.get(state.botUserId));
    text.placeholder =
      channel?.type === 1
        ? `Message @${bot}`
        : `Message #${channel?.name ?? ''} — @${bot} asks the bot, / lists its commands`;
  };

  const suggest = () => {
    const before = text.value.slice(0, text.selectionStart);
    const mention = /(?:^|\s)@([^@\n]{0,32})$/.exec(before);
    if (text.value.startsWith('/') && !text.value.includes('\n'))
      return suggestCommands(text.value.toLowerCase());
    if (mention) return suggestPeople((mention[1] ?? '').toLowerCase());
    suggestions.hide();
  };

  /** @param {string} typed */
  const suggestCommands = (typed) => {
    const entries = toCommandEntries(state.commands).filter(({ title }) => title.startsWith(typed));
    suggestions.show(
      entries.map((entry) => ({
        label: entry.title,
        detail: entry.description,
        pick: () => pickCommand(entry),
      })),
    );
  };

  /** @param {any} entry */
  const pickCommand = (entry) => {
    reset();
    const form = createCommandForm(app, entry, () => {
      form.element.replaceWith(line);
      text.focus();
    });
    line.replaceWith(form.element);
    form.focus();
  };

  /** @param {string} typed */
  const suggestPeople = (typed) => {
    const users = [...state.users.values()].filter((user) =>
      displayName(user).toLowerCase().startsWith(typed),
    );
    const ordered = users.sort((a, b) => Number(b.id === state.botUserId) - Number(a.id === state.botUserId));
    suggestions.show(
      ordered.map((user) => ({
        label: displayName(user),
        image: avatarOf(user, state.botUserId),
        pick: () => {
          const end = text.selectionStart;
          const start = text.value.slice(0, end).lastIndexOf('@');
          text.setRangeText(`@${displayName(user)} `, start, end, 'end');
          suggestions.hide();
        },
      })),
    );
  };

  text.addEventListener('input', () => {
    grow();
    suggest();
  });
  text.addEventListener('blur', () => suggestions.hide());
  text.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (suggestions.handleKey(event)) return;
    if (event.key === 'Escape') reset();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send().catch((error) => notify(error.message));
  });
  attach.addEventListener('click', () => picker.click());
  picker.addEventListener('change', () => {
    files = [...files, ...(picker.files ?? [])];
    picker.value = '';
    draw();
    text.focus();
  });
  text.addEventListener('paste', (/** @type {ClipboardEvent} */ event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length === 0) return;
    event.preventDefault();
    files = [...files, ...pasted];
    draw();
  });

  return {
    placeholder,
    focus: () => text.focus(),
    /** @param {string} written */
    write(written) {
      text.value = written;
      grow();
      text.focus();
    },
    /** @param {any} message */
    replyTo(message) {
      reset();
      replyTarget = message;
      draw();
      text.focus();
    },
    /** @param {any} message */
    edit(message) {
      reset();
      editTarget = message;
      text.value = message.content.replace(
        /<@!?(\d+)>/g,
        (/** @type {string} */ all, /** @type {string} */ id) =>
          state.users.has(id) ? `@${displayName(state.users.get(id))}` : all,
      );
      draw();
      text.focus();
    },
    reset,
    store,
  };
}

/** `@Name` of somebody known becomes a mention, the longest name first. @param {string} content @param {any} state */
function toMentions(content, state) {
  const users = [...state.users.values()].sort((a, b) => displayName(b).length - displayName(a).length);
  return users.reduce((text, user) => text.replaceAll(`@${displayName(user)}`, `<@${user.id}>`), content);
}
