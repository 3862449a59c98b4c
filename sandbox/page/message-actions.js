import { h } from './dom.js';

const QUICK_EMOJI = ['👍', '🎉', '❤️'];
const MESSAGE_COMMAND = 3;

/** What a person can do with a message: the bar that shows on hover, and the menu. @param {any} app */
export function createMessageActions(app) {
  /** @param {any} message */
  const isOwn = (message) => message.author.id === app.state.personId;

  /** @param {any} message @param {string} emoji */
  const react = (message, emoji) =>
    app.connection.act({ type: 'react', userId: app.state.personId, messageId: message.id, emoji });

  /** @param {any} message */
  const remove = (message) =>
    app.connection.act({ type: 'delete', userId: app.state.personId, messageId: message.id });

  /** @param {any} message */
  const startThread = async (message) => {
    const name =
      (message.content || 'Thread')
        .replace(/<[@#]&?!?\d+>/g, '')
        .trim()
        .slice(0, 60) || 'Thread';
    const { personId: userId, channelId } = app.state;
    const thread = await app.connection.act({
      type: 'start-thread',
      userId,
      channelId,
      name,
      messageId: message.id,
    });
    if (thread === undefined) return;
    app.store.addChannel(thread);
    app.store.enter(thread.id);
  };

  /** @param {any} message @param {any} command */
  const runCommand = async (message, command) => {
    const { personId: userId, channelId } = app.state;
    const action = { type: 'context-menu', userId, channelId, name: command.name, targetId: message.id };
    app.onModal(await app.connection.act(action));
  };

  /** @param {any} message @returns {[label: string, act: () => void][]} */
  const entries = (message) => {
    const inGuildChannel = app.state.channels.get(app.state.channelId)?.type === 0;
    const commands = app.state.commands.filter((/** @type {any} */ { type }) => type === MESSAGE_COMMAND);
    return [
      ['↩  Reply', () => app.composer.replyTo(message)],
      ...(isOwn(message) ? [entry('✎  Edit', () => app.composer.edit(message))] : []),
      ...(inGuildChannel ? [entry('#  Start a thread', () => startThread(message))] : []),
      ...(isOwn(message) ? [entry('✕  Delete', () => remove(message))] : []),
      ...commands.map((/** @type {any} */ command) =>
        entry(`▸  ${command.name}`, () => runCommand(message, command)),
      ),
    ];
  };

  /** @param {string} label @param {() => void} act @returns {[string, () => void]} */
  const entry = (label, act) => [label, act];

  /** @param {string} label @param {string | Node} sign @param {(event: MouseEvent) => void} act */
  const tool = (label, sign, act) =>
    h('button', { type: 'button', title: label, 'aria-label': label, onclick: act }, sign);

  return {
    /** @param {any} message */
    toolbar(message) {
      if (message.isEphemeral) return h('span', { class: 'toolbar', hidden: true });
      return h(
        'div',
        { class: 'toolbar' },
        ...QUICK_EMOJI.map((emoji) => tool(`React ${emoji}`, emoji, () => react(message, emoji))),
        tool('Reply', '↩', () => app.composer.replyTo(message)),
        isOwn(message) && tool('Edit', '✎', () => app.composer.edit(message)),
        isOwn(message) && tool('Delete', h('img', { src: '/trash.svg', alt: '' }), () => remove(message)),
        tool('More', '⋯', (event) => this.openMenu(event, message.id)),
      );
    },
    /** @param {MouseEvent} event @param {string} messageId */
    openMenu(event, messageId) {
      const message = app.state.messages.get(app.state.channelId)?.get(messageId);
      if (message === undefined || message.isEphemeral) return;
      event.preventDefault();
      document.querySelector('.menu')?.remove();
      const menu = h(
        'div',
        { class: 'menu', popover: 'auto', role: 'menu' },
        ...entries(message).map(([label, act]) =>
          h(
            'button',
            {
              type: 'button',
              role: 'menuitem',
              onclick: () => {
                menu.remove();
                act();
              },
            },
            label,
          ),
        ),
      );
      document.body.append(menu);
      menu.showPopover();
      menu.style.left = `${Math.min(event.clientX, innerWidth - menu.offsetWidth - 8)}px`;
      menu.style.top = `${Math.min(event.clientY, innerHeight - menu.offsetHeight - 8)}px`;
    },
  };
}
