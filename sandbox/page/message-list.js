import { byId, h } from './dom.js';
import { renderMessage } from './message-view.js';

const STICK_PX = 80;

/**
 * The messages of the channel. A message that changed is drawn anew in its place, all others stay as they are.
 * @param {any} app
 */
export function createMessageList(app) {
  const list = byId('messages');
  /** @type {Map<string, { key: string, row: HTMLElement }>} */
  let rows = new Map();
  let shown = '';

  const render = () => {
    const { state } = app.store;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < STICK_PX;
    const place = `${state.channelId} ${state.personId}`;
    if (place !== shown) rows = new Map();
    const messages = app.store.visibleMessages();
    const next = new Map();
    let previous;
    for (const message of messages) {
      const key = `${message.revision} ${previous?.id ?? ''}`;
      const known = rows.get(message.id);
      const row = known?.key === key ? known.row : drawRow(message, previous, known?.row);
      next.set(message.id, { key, row });
      previous = message;
    }
    for (const [id, { row }] of rows) if (!next.has(id)) row.remove();
    rows = next;
    const elements = [app.welcome.render(messages.length), ...[...rows.values()].map(({ row }) => row)];
    // Only what is new or moved is touched, so that a selection and the pointer stay where they are.
    if (
      elements.length !== list.children.length ||
      elements.some((row, index) => list.children[index] !== row)
    ) {
      list.replaceChildren(...elements);
    }
    if (isAtEnd || place !== shown) scrollToEnd();
    shown = place;
  };

  /** @param {any} message @param {any} previous @param {HTMLElement | undefined} row */
  const drawRow = (message, previous, row) => {
    const parts = [renderMessage(message, previous, app), app.actions.toolbar(message)];
    if (row !== undefined) {
      row.replaceChildren(...parts);
      return row;
    }
    return h(
      'div',
      {
        class: 'row',
        'data-message': message.id,
        oncontextmenu: (/** @type {MouseEvent} */ event) => app.actions.openMenu(event, message.id),
      },
      ...parts,
    );
  };

  const scrollToEnd = () => {
    list.scrollTop = list.scrollHeight;
    // The components draw themselves a moment later.
    requestAnimationFrame(() => {
      list.scrollTop = list.scrollHeight;
    });
  };

  return { render, scrollToEnd };
}
