import { h } from './dom.js';

const TEXT_INPUT = 4;
const STRING_SELECT = 3;
const PARAGRAPH = 2;

/**
 * Shows the form with which an app answered, if it did.
 * @param {{ interactionId: string, modal?: any } | undefined} view
 * @param {any} app
 */
export function showModal(view, app) {
  const modal = view?.modal?.data ?? view?.modal;
  if (view === undefined || modal === undefined) return;
  const { personId: userId } = app.state;
  const fields = toInputs(modal.components ?? []);
  const submit = async () => {
    const values = Object.fromEntries(fields.map(({ id, field }) => [id, field.value]));
    const action = { type: 'submit-modal', userId, interactionId: view.interactionId, values };
    showModal(await app.connection.act(action), app);
  };
  const dialog = h(
    'dialog',
    { class: 'modal', onclose: () => dialog.remove() },
    h(
      'form',
      { method: 'dialog', onsubmit: submit },
      h('h2', {}, modal.title),
      ...fields.map(({ label, field, detail }) =>
        h('label', {}, h('span', {}, label), detail && h('small', {}, detail), field),
      ),
      h(
        'menu',
        {},
        h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
        h('button', { type: 'submit', class: 'primary' }, 'Submit'),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** Text inputs stand in rows or, with a text of their own, in labels. @param {any[]} components */
function toInputs(components) {
  return components
    .flatMap((outer) => {
      const inner = outer.component ?? outer.components?.[0] ?? outer;
      return [{ input: inner, label: outer.label ?? inner.label ?? '', detail: outer.description }];
    })
    .filter(({ input }) => input.type === TEXT_INPUT || input.type === STRING_SELECT)
    .map(({ input, label, detail }) => ({ id: input.custom_id, label, detail, field: toField(input) }));
}

/** @param {any} input */
function toField(input) {
  const required = input.required !== false;
  if (input.type === STRING_SELECT) {
    const options = (input.options ?? []).map((/** @type {any} */ option) =>
      h('option', { value: option.value }, option.label),
    );
    return h('select', { required }, ...options);
  }
  return h(input.style === PARAGRAPH ? 'textarea' : 'input', {
    name: input.custom_id,
    value: input.value ?? '',
    placeholder: input.placeholder,
    minlength: input.min_length,
    maxlength: input.max_length,
    rows: input.style === PARAGRAPH ? 5 : false,
    required,
  });
}
