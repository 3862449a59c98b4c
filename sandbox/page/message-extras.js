import { h } from './dom.js';
import { renderMarkdown } from './markdown-render.js';

const BUTTON_TYPES = { 1: 'primary', 2: 'secondary', 3: 'success', 4: 'destructive', 5: 'secondary' };

/** Files under a message: pictures and sound are shown, others offered. @param {any} message */
export function renderAttachments(message) {
  const attachments = message.attachments ?? [];
  if (attachments.length === 0) return [];
  return [h('discord-attachments', { slot: 'attachments' }, ...attachments.map(renderAttachment))];
}

/** @param {any} attachment */
function renderAttachment({ filename, url, size, content_type: contentType = '' }) {
  if (contentType?.startsWith('image/')) return h('img', { class: 'picture', src: url, alt: filename });
  if (contentType?.startsWith('audio/')) return h('audio', { controls: true, src: url, title: filename });
  const [bytes, bytesUnit] = size < 1_024 ? [size, 'bytes'] : [Math.round(size / 102.4) / 10, 'KB'];
  return h('discord-file-attachment', {
    name: filename,
    href: url,
    bytes,
    'bytes-unit': bytesUnit,
    target: '_blank',
    rel: 'noreferrer noopener',
  });
}

/** @param {any} message @param {any} state */
export function renderEmbeds(message, state) {
  return (message.embeds ?? []).map((/** @type {any} */ embed) =>
    h(
      'discord-embed',
      {
        slot: 'embeds',
        color: embed.color === undefined ? false : `#${embed.color.toString(16).padStart(6, '0')}`,
        'embed-title': embed.title,
        url: embed.url,
        'author-name': embed.author?.name,
        image: embed.image?.url,
        thumbnail: embed.thumbnail?.url,
      },
      embed.description &&
        h('discord-embed-description', { slot: 'description' }, ...renderMarkdown(embed.description, state)),
      embed.fields?.length > 0 &&
        h(
          'discord-embed-fields',
          { slot: 'fields' },
          ...embed.fields.map((/** @type {any} */ field, /** @type {number} */ index) =>
            h(
              'discord-embed-field',
              {
                'field-title': field.name,
                inline: field.inline,
                'inline-index': field.inline && (index % 3) + 1,
              },
              ...renderMarkdown(field.value, state),
            ),
          ),
        ),
      embed.footer && h('discord-embed-footer', { slot: 'footer' }, embed.footer.text),
    ),
  );
}

/** Buttons and menus under a message. @param {any} message @param {any} context */
export function renderComponents(message, context) {
  const rows = (message.components ?? []).filter((/** @type {any} */ row) => row.type === 1);
  return rows.map((/** @type {any} */ row) =>
    h(
      'discord-action-row',
      { slot: 'components' },
      ...row.components.map((/** @type {any} */ part) =>
        part.type === 2 ? renderButton(part, message, context) : renderSelect(part, message, context),
      ),
    ),
  );
}

/** @param {any} button @param {any} message @param {any} context */
function renderButton(button, message, { state, connection, onModal }) {
  const press = async () => {
    if (button.disabled || button.url) return;
    const act = { type: 'press', userId: state.personId, messageId: message.id, customId: button.custom_id };
    onModal(await connection.act(act));
  };
  const emoji = button.emoji?.name ? `${button.emoji.name} ` : '';
  return h(
    'discord-button',
    {
      type: BUTTON_TYPES[/** @type {keyof typeof BUTTON_TYPES} */ (button.style)] ?? 'secondary',
      url: button.url,
      disabled: button.disabled === true,
      'data-custom-id': button.custom_id,
      onclick: press,
    },
    `${emoji}${button.label ?? ''}`,
  );
}

/** @param {any} menu @param {any} message @param {any} context */
function renderSelect(menu, message, { state, connection, onModal }) {
  const options = (menu.options ?? []).map((/** @type {any} */ option) =>
    h('option', { value: option.value, selected: option.default, title: option.description }, option.label),
  );
  const choose = async (/** @type {Event} */ { target }) => {
    const values = [.../** @type {HTMLSelectElement} */ (target).selectedOptions].map(({ value }) => value);
    const act = { type: 'select', userId: state.personId, messageId: message.id, customId: menu.custom_id };
    onModal(await connection.act({ ...act, values }));
  };
  const placeholder = h(
    'option',
    { value: '', disabled: true, selected: true },
    menu.placeholder ?? 'Choose',
  );
  return h(
    'select',
    {
      class: 'select-menu',
      disabled: menu.disabled === true,
      multiple: menu.max_values > 1,
      onchange: choose,
    },
    placeholder,
    ...options,
  );
}
