/**
 * Makes an element. Text given as a child becomes a text node, never markup, so nothing that a person or a model
 * writes can become part of the page.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes] `onclick` and the like add a listener; `true` sets an empty
 *   attribute, `false`, `null` and `undefined` set none; `value` and `disabled` are set as properties.
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === 'value' || name === 'disabled') Object.assign(element, { [name]: value });
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element;
}

/** @param {string} text A sentence for the person, shown for some seconds. */
export function notify(text) {
  const notice = h('div', { class: 'notice' }, text);
  byId('notices').append(notice);
  setTimeout(() => notice.remove(), 6_000);
}
