import { byId, h, notify } from './dom.js';
import { avatarOf, displayName } from './users.js';

/** Who the person on the page is at the moment. @param {any} app */
export function createPeopleBar(app) {
  const { store, state } = app;

  const render = () => {
    byId('people').replaceChildren(
      h('h2', {}, 'You speak as ', h('b', {}, displayName(state.users.get(state.personId)))),
      h(
        'div',
        { class: 'faces' },
        ...store.people().map((/** @type {any} */ user) =>
          h(
            'button',
            {
              type: 'button',
              class: user.id === state.personId ? 'face current' : 'face',
              title: displayName(user),
              'aria-label': `Speak as ${displayName(user)}`,
              'aria-pressed': String(user.id === state.personId),
              onclick: () => {
                store.become(user.id);
                app.composer.focus();
              },
            },
            h('img', { src: avatarOf(user, state.botUserId), alt: '' }),
          ),
        ),
        h('button', { type: 'button', class: 'face add', title: 'Add a person', onclick: addPerson }, '+'),
      ),
    );
  };

  const addPerson = async () => {
    const name = prompt('Name of the new person')?.trim();
    const guildId = state.guilds[0]?.id;
    if (!name || guildId === undefined) return;
    const user = await app.connection.act({ type: 'add-person', guildId, name });
    if (user === undefined) return;
    store.addUser(user);
    const dm = await app.connection.act({ type: 'open-dm', userId: user.id });
    if (dm !== undefined) store.addChannel(dm);
    store.become(user.id);
    notify(`${name} has joined.`);
  };

  return { render };
}
