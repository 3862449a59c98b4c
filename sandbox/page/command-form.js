import { makeField, OptionType } from './command-fields.js';
import { h } from './dom.js';
import { readFile } from './files.js';

/** The chosen slash command with a field for each option. Takes the composer's place until it is run or left. */
export class CommandForm {
  #app;
  #entry;
  #onClose;
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  #fields = new Map();

  /**
   * @param {any} app
   * @param {any} entry As `toCommandEntries` gives it.
   * @param {() => void} onClose
   */
  constructor(app, entry, onClose) {
    this.#app = app;
    this.#entry = entry;
    this.#onClose = onClose;
    /** @type {HTMLFormElement} */
    this.element = h(
      'form',
      {
        class: 'command-form',
        onsubmit: (/** @type {Event} */ event) => this.#run(event),
        onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && onClose(),
      },
      h('b', { title: entry.description }, entry.title),
      ...entry.options.map((/** @type {any} */ option) => this.#toField(option)),
      h('button', { type: 'submit', class: 'send' }, 'Run'),
      h('button', { type: 'button', class: 'leave', title: 'Leave the command', onclick: onClose }, '✕'),
    );
  }

  focus() {
    const first = [...this.#fields.values()][0] ?? this.element.querySelector('.send');
    /** @type {HTMLElement} */ (first).focus();
  }

  /** @param {Event} event */
  async #run(event) {
    event.preventDefault();
    const { connection, store, onModal } = this.#app;
    const action = { ...this.#toAction('command'), files: await this.#readFiles() };
    this.#onClose();
    const view = await connection.act(action);
    if (view !== undefined) store.setInteractionUser(view.interactionId, action.userId);
    onModal(view);
  }

  /** @param {string} type */
  #toAction(type) {
    const { personId: userId, channelId } = this.#app.state;
    const { name, subcommand } = this.#entry;
    const values = this.#readValues();
    return { type, userId, channelId, name, ...(subcommand === undefined ? {} : { subcommand }), values };
  }

  /** @returns {Record<string, string | number | boolean>} */
  #readValues() {
    const filled = this.#entry.options.filter(
      (/** @type {any} */ { name, type }) =>
        type !== OptionType.attachment && (this.#fields.get(name)?.value ?? '') !== '',
    );
    return Object.fromEntries(
      filled.map((/** @type {any} */ { name, type }) => {
        const text = this.#fields.get(name)?.value ?? '';
        if (type === OptionType.boolean) return [name, text === 'true'];
        return [name, type === OptionType.integer || type === OptionType.number ? Number(text) : text];
      }),
    );
  }

  async #readFiles() {
    const files = [...this.#fields]
      .map(([name, field]) => ({
        name,
        file: field instanceof HTMLInputElement ? field.files?.[0] : undefined,
      }))
      .filter(({ file }) => file !== undefined);
    const read = files.map(async ({ name, file }) => [name, await readFile(/** @type {File} */ (file))]);
    return Object.fromEntries(await Promise.all(read));
  }

  /** @param {any} option */
  #toField(option) {
    const field = makeField(option, this.#app.state);
    const list = option.autocomplete ? h('datalist', { id: `choices-${option.name}` }) : undefined;
    this.#fields.set(option.name, field);
    if (list !== undefined) this.#completeAsTyped(option.name, field, list);
    const name = h('span', {}, option.name);
    return h('label', { title: option.description, class: option.required && 'required' }, name, field, list);
  }

  /** @param {string} name @param {HTMLInputElement} field @param {HTMLElement} list */
  #completeAsTyped(name, field, list) {
    field.setAttribute('list', list.id);
    const refresh = async () => {
      const action = this.#toAction('autocomplete');
      const values = { [name]: '', ...action.values };
      const choices = await this.#app.connection.act({ ...action, values, focused: name });
      const options = (choices ?? []).map((/** @type {any} */ choice) =>
        h('option', { value: choice.value }, choice.name),
      );
      list.replaceChildren(...options);
    };
    field.addEventListener('input', refresh);
    field.addEventListener('focus', refresh);
  }
}
