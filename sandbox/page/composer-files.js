import { h } from './dom.js';

/**
 * Files that go with the next message.
 * @param {() => void} onChange
 */
export function createComposerFiles(onChange) {
  /** @type {File[]} */
  let files = [];
  const picker = h('input', { type: 'file', multiple: true, hidden: true });
  const chips = h('div', { class: 'chips', hidden: true });

  /** @param {Iterable<File>} next */
  const set = (next) => {
    files = [...next];
    chips.hidden = files.length === 0;
    chips.replaceChildren(...files.map(chip));
    onChange();
  };

  /** @param {File} file */
  const chip = (file) => {
    const remove = () => set(files.filter((other) => other !== file));
    return h('span', {}, file.name, h('button', { type: 'button', title: 'Remove', onclick: remove }, '✕'));
  };

  picker.addEventListener('change', () => {
    set([...files, ...(picker.files ?? [])]);
    picker.value = '';
  });

  return {
    picker,
    chips,
    list: () => files,
    clear: () => set([]),
    /** @param {ClipboardEvent} event */
    paste(event) {
      const pasted = [...(event.clipboardData?.files ?? [])];
      if (pasted.length === 0) return;
      event.preventDefault();
      set([...files, ...pasted]);
    },
  };
}
