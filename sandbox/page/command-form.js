import { h } from './dom.js';
import { readFile } from './files.js';

const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const NUMBER = 10;
const ATTACHMENT = 11;

/**
 * The chosen slash command with a field for each of its options. Takes the composer's place until it is sent or left.
 * @param {any} app
 * @param {any} entry As `toCommandEntries` gives it.
 * @param {() => void} onClose
 */
export function createCommandForm(app, entry, onClose) {
  const { state, connection } = app;
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  const fields = new Map();

  const run = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const files = {};
    for (const option of entry.options.filter((/** @type {any} */ { type }) => type === ATTACHMENT)) {
      const file = /** @type {HTMLInputElement} */ (fields.get(option.name))?.files?.[0];
      if (file) Object.assign(files, { [option.name]: await readFile(file) });
    }
    onClose();
    const userId = state.personId;
    const view = await connection.act({ ...toAction('command'), files });
    if (view?.interactionId !== undefined) app.store.setInteractionUser(view.interactionId, userId);
    app.onModal(view);
  };

  /** @param {string} type */
  const toAction = (type) => ({
    type,
    userId: state.personId,
    channelId: state.channelId,
    name: entry.name,
    ...(entry.subcommand === undefined ? {} : { subcommand: entry.subcommand }),
    values: readValues(),
  });

  const readValues = () => {
    const values = {};
    for (const { name, type } of entry.options) {
      const text = fields.get(name)?.value ?? '';
      if (text === '' || type === ATTACHMENT) continue;
      const value =
        type === BOOLEAN ? text === 'true' : type === INTEGER || type === NUMBER ? Number(text) : text;
      Object.assign(values, { [name]: value });
    }
    return values;
  };

  /** @param {any} option */
  const toField = (option) => {
    const field = makeField(option, state);
    fields.set(option.name, field);
    if (option.autocomplete) addAutocomplete(option, field);
    return h(
      'label',
      { title: option.description, class: option.required ? 'required' : '' },
      h('span', {}, option.name),
      field,
      option.autocomplete && h('datalist', { id: `choices-${option.name}` }),
    );
  };

  /** @param {any} option @param {HTMLInputElement} field */
  const addAutocomplete = (option, field) => {
    field.setAttribute('list', `choices-${option.name}`);
    const refresh = async () => {
      const action = { ...toAction('autocomplete'), focused: option.name };
      const values = { [option.name]: '', ...action.values };
      const choices = await connection.act({ ...action, values });
      const list = field.parentElement?.querySelector('datalist');
      list?.replaceChildren(
        ...(choices ?? []).map((/** @type {any} */ { name, value }) => h('option', { value }, name)),
      );
    };
    field.addEventListener('input', refresh);
    field.addEventListener('focus', refresh);
  };

  const element = h(
    'form',
    {
      class: 'command-form',
      onsubmit: run,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Escape') onClose();
      },
    },
    h('b', { title: entry.description }, entry.title),
    ...entry.options.map(toField),
    h('button', { type: 'submit', class: 'send' }, 'Run'),
    h('button', { type: 'button', class: 'leave', title: 'Leave the command', onclick: onClose }, '✕'),
  );
  return {
    element,
    focus: () =>
      /** @type {HTMLElement} */ ([...fields.values()][0] ?? element.querySelector('.send')).focus(),
  };
}

/** @param {any} option @param {any} state */
function makeField(option, state) {
  const required = option.required === true;
  const choices = toChoices(option, state);
  if (choices !== undefined) {
    return h(
      'select',
      { required },
      h('option', { value: '' }, required ? 'choose' : '–'),
      ...choices.map(({ name, value }) => h('option', { value: String(value) }, name)),
    );
  }
  if (option.type === ATTACHMENT) return h('input', { type: 'file', required });
  const isNumber = option.type === INTEGER || option.type === NUMBER;
  return h('input', {
    type: isNumber ? 'number' : 'text',
    step: option.type === NUMBER ? 'any' : false,
    min: option.min_value,
    max: option.max_value,
    minlength: option.min_length,
    maxlength: option.max_length,
    required,
    autocomplete: 'off',
    placeholder: option.description,
  });
}

/** @param {any} option @param {any} state @returns {{ name: string, value: unknown }[] | undefined} */
function toChoices(option, state) {
  if (option.choices?.length > 0 && option.type >= STRING) return option.choices;
  if (option.type === BOOLEAN) return [true, false].map((value) => ({ name: value ? 'yes' : 'no', value }));
  if (option.type === USER) {
    return [...state.users.values()].map((user) => ({
      name: user.global_name ?? user.username,
      value: user.id,
    }));
  }
  if (option.type === CHANNEL) {
    const channels = [...state.channels.values()].filter((channel) => channel.type !== 1);
    return channels.map((channel) => ({ name: `#${channel.name}`, value: channel.id }));
  }
  return undefined;
}
