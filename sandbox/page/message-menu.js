import { h } from './dom.js';

const EDGE_PX = 8;

/** @typedef {{ label: string, act: () => void }} MenuEntry */

/**
 * Opens a menu at a place of the window. It closes when something is chosen, or by a click elsewhere.
 * @param {MenuEntry[]} entries
 * @param {number} x
 * @param {number} y
 */
export function openMenu(entries, x, y) {
  document.querySelector('.menu')?.remove();
  const menu = h(
    'div',
    { class: 'menu', popover: 'auto', role: 'menu' },
    ...entries.map(({ label, act }) => {
      const choose = () => {
        menu.remove();
        act();
      };
      return h('button', { type: 'button', role: 'menuitem', onclick: choose }, label);
    }),
  );
  document.body.append(menu);
  menu.showPopover();
  menu.style.left = `${Math.min(x, innerWidth - menu.offsetWidth - EDGE_PX)}px`;
  menu.style.top = `${Math.min(y, innerHeight - menu.offsetHeight - EDGE_PX)}px`;
}
