import { toCommandEntries } from './commands.js';
import { createSuggestions } from './suggestions.js';
import { avatarOf, displayName } from './users.js';

/**
 * Offers commands after `/` and people after `@`, as one writes.
 * @param {any} state
 * @param {HTMLTextAreaElement} text
 * @param {(entry: any) => void} onCommand
 */
export function createComposerSuggestions(state, text, onCommand) {
  const list = createSuggestions();

  /** @param {string} typed */
  const offerCommands = (typed) => {
    const entries = toCommandEntries(state.commands).filter(({ title }) => title.startsWith(typed));
    list.show(
      entries.map((entry) => ({
        label: entry.title,
        detail: entry.description,
        pick: () => onCommand(entry),
      })),
    );
  };

  /** The bot first: it is the one that is asked. @param {string} typed */
  const offerPeople = (typed) => {
    const users = [...state.users.values()].filter((user) =>
      displayName(user).toLowerCase().startsWith(typed),
    );
    const ordered = users.sort((a, b) => Number(b.id === state.botUserId) - Number(a.id === state.botUserId));
    list.show(
      ordered.map((user) => ({
        label: displayName(user),
        image: avatarOf(user, state.botUserId),
        pick: () => complete(`@${displayName(user)} `),
      })),
    );
  };

  /** @param {string} mention */
  const complete = (mention) => {
    const end = text.selectionStart;
    text.setRangeText(mention, text.value.slice(0, end).lastIndexOf('@'), end, 'end');
    list.hide();
  };

  const offer = () => {
    const before = text.value.slice(0, text.selectionStart);
    const mention = /(?:^|\s)@([^@\n]{0,32})$/.exec(before);
    if (text.value.startsWith('/') && !text.value.includes('\n')) offerCommands(text.value.toLowerCase());
    else if (mention) offerPeople((mention[1] ?? '').toLowerCase());
    else list.hide();
  };

  text.addEventListener('input', offer);
  text.addEventListener('blur', () => list.hide());
  return list;
}
