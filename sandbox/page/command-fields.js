import { h } from './dom.js';
import { displayName } from './users.js';

/** Discord's numbers for the types of a command's options. */
export const OptionType = /** @type {const} */ ({
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  number: 10,
  attachment: 11,
});

/**
 * The field for an option: a choice where the choices are known.
 * @param {any} option
 * @param {any} state
 */
export function makeField(option, state) {
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
  if (option.type === OptionType.attachment) return h('input', { type: 'file', required });
  const isNumber = option.type === OptionType.integer || option.type === OptionType.number;
  return h('input', {
    type: isNumber ? 'number' : 'text',
    step: option.type === OptionType.number ? 'any' : false,
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
  if (option.choices?.length > 0) return option.choices;
  if (option.type === OptionType.boolean) {
    return [true, false].map((value) => ({ name: value ? 'yes' : 'no', value }));
  }
  if (option.type === OptionType.user) {
    return [...state.users.values()].map((user) => ({ name: displayName(user), value: user.id }));
  }
  if (option.type === OptionType.channel) {
    const channels = [...state.channels.values()].filter((channel) => channel.type !== 1);
    return channels.map((channel) => ({ name: `#${channel.name}`, value: channel.id }));
  }
  return undefined;
}
