import { byId, h } from './dom.js';
import { renderMessage } from './message-view.js';

const STICK_PX = 80;

/** The messages of the channel. A message that changed is drawn anew in its place, all others stay as they are. */
export class MessageList {
  #app;
  #list = byId('messages');
  #inner = h('div', { class: 'rows' });
  #isAtEnd = true;
  /** @type {Map<string, { key: string, row: HTMLElement }>} */
  #rows = new Map();
  #shown = '';

  /** @param {any} app */
  constructor(app) {
    this.#app = app;
    this.#list.append(this.#inner);
    this.#list.addEventListener('scroll', () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#list;
      this.#isAtEnd = scrollHeight - scrollTop - clientHeight < STICK_PX;
    });
    // The components draw themselves later, and answers grow: who reads the end keeps reading it.
    new ResizeObserver(() => this.#isAtEnd && this.scrollToEnd()).observe(this.#inner);
  }

  render() {
    const { state, store, welcome } = this.#app;
    const place = `${state.channelId} ${state.personId}`;
    const isNewPlace = place !== this.#shown;
    if (isNewPlace) this.#rows = new Map();
    this.#shown = place;
    this.#rows = this.#drawRows(store.visibleMessages());
    const rows = [...this.#rows.values()].map(({ row }) => row);
    this.#place([welcome.render(rows.length), ...rows]);
    if (isNewPlace) this.scrollToEnd();
  }

  scrollToEnd() {
    this.#isAtEnd = true;
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** @param {any[]} messages */
  #drawRows(messages) {
    const rows = new Map();
    let previous;
    for (const message of messages) {
      const key = `${message.revision} ${previous?.id ?? ''}`;
      const known = this.#rows.get(message.id);
      const row = known?.key === key ? known.row : this.#drawRow(message, previous, known?.row);
      rows.set(message.id, { key, row });
      previous = message;
    }
    return rows;
  }

  /** @param {any} message @param {any} previous @param {HTMLElement | undefined} row */
  #drawRow(message, previous, row) {
    const { actions } = this.#app;
    const parts = [renderMessage(message, previous, this.#app), actions.toolbar(message)];
    if (row !== undefined) {
      row.replaceChildren(...parts);
      return row;
    }
    const oncontextmenu = (/** @type {MouseEvent} */ event) => actions.open(event, message.id);
    return h('div', { class: 'row', 'data-message': message.id, oncontextmenu }, ...parts);
  }

  /** Touches only what is new or moved, so that a selection and the pointer stay. @param {Element[]} elements */
  #place(elements) {
    const { children } = this.#inner;
    const isSame =
      elements.length === children.length && elements.every((row, index) => children[index] === row);
    if (isSame) return;
    const kept = new Set(elements);
    for (const child of [...children]) if (!kept.has(child)) child.remove();
    elements.forEach((row, index) => {
      if (children[index] !== row) this.#inner.insertBefore(row, children[index] ?? null);
    });
  }
}
