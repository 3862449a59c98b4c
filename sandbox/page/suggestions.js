import { h } from './dom.js';

const MAX_SHOWN = 12;

/**
 * The list above the composer from which a person picks, by keyboard or pointer.
 * @typedef {{ label: string, detail?: string, image?: string, pick: () => void }} Suggestion
 */
export function createSuggestions() {
  /** @type {Suggestion[]} */
  let items = [];
  let chosen = 0;
  const element = h('div', { class: 'suggestions', role: 'listbox', hidden: true });

  const draw = () => {
    element.hidden = items.length === 0;
    element.replaceChildren(
      ...items.map((item, index) =>
        h(
          'button',
          {
            type: 'button',
            role: 'option',
            'aria-selected': String(index === chosen),
            // Before the composer loses its focus.
            onmousedown: (/** @type {Event} */ event) => {
              event.preventDefault();
              item.pick();
            },
          },
          item.image && h('img', { src: item.image, alt: '' }),
          h('b', {}, item.label),
          item.detail && h('span', {}, item.detail),
        ),
      ),
    );
    element.children[chosen]?.scrollIntoView({ block: 'nearest' });
  };

  return {
    element,
    /** @param {Suggestion[]} next */
    show(next) {
      items = next.slice(0, MAX_SHOWN);
      chosen = 0;
      draw();
    },
    hide() {
      items = [];
      draw();
    },
    /** Takes a key; whether it was one for the list. @param {KeyboardEvent} event */
    handleKey(event) {
      if (items.length === 0) return false;
      if (event.key === 'ArrowDown') chosen = (chosen + 1) % items.length;
      else if (event.key === 'ArrowUp') chosen = (chosen + items.length - 1) % items.length;
      else if (event.key === 'Enter' || event.key === 'Tab') items[chosen]?.pick();
      else if (event.key === 'Escape') items = [];
      else return false;
      event.preventDefault();
      draw();
      return true;
    },
  };
}
