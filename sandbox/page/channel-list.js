import { byId, h } from './dom.js';
import { avatarOf, displayName } from './users.js';
import { isThread } from './visibility.js';

/** The server's name and the channels that the person sees. @param {any} app */
export function createChannelList(app) {
  const { store, state } = app;

  const renderGuild = () => {
    const name = state.guilds[0]?.name ?? 'Server';
    byId('guild').replaceChildren(
      h('strong', {}, name),
      h('span', { class: 'model', title: 'What answers' }, state.modelLabel),
    );
  };

  const renderChannels = () => {
    const visible = store.visibleChannels();
    const threads = visible.filter(isThread);
    const texts = visible.filter((/** @type {any} */ channel) => channel.type === 0);
    const own = texts.filter((/** @type {any} */ { name }) => !isCrowdChannel(name));
    const crowd = texts.filter((/** @type {any} */ { name }) => isCrowdChannel(name));
    const withThreads = (/** @type {any[]} */ list) =>
      list.flatMap((channel) => [
        channelItem(channel),
        ...threads
          .filter(
            (/** @type {any} */ thread) =>
              thread.parent_id === channel.id && !thread.thread_metadata?.archived,
          )
          .map(channelItem),
      ]);
    byId('channels').replaceChildren(
      h('h2', {}, 'Text channels'),
      ...withThreads(own),
      ...(crowd.length > 0 ? [h('h2', {}, 'Crowd'), ...withThreads(crowd)] : []),
      h('h2', {}, 'Direct messages'),
      ...visible.filter((/** @type {any} */ channel) => channel.type === 1).map(channelItem),
    );
  };

  /** @param {any} channel */
  const channelItem = (channel) =>
    renderChannel(channel, state, () => {
      store.enter(channel.id);
      app.composer.focus();
    });

  return {
    render() {
      renderGuild();
      renderChannels();
    },
  };
}

/** @param {any} channel @param {any} state @param {() => void} onEnter */
function renderChannel(channel, state, onEnter) {
  const isDm = channel.type === 1;
  const bot = state.users.get(state.botUserId);
  const sign = isDm
    ? h('img', { src: avatarOf(bot ?? { id: state.botUserId }, state.botUserId), alt: '' })
    : h('span', { class: 'sign' }, signOf(channel));
  const classes = [
    'channel',
    isThread(channel) && 'thread',
    channel.id === state.channelId && 'current',
    state.unread.has(channel.id) && 'unread',
  ];
  return h(
    'button',
    {
      type: 'button',
      class: classes.filter(Boolean).join(' '),
      'data-channel': channel.id,
      onclick: onEnter,
    },
    sign,
    h('span', { class: 'name' }, isDm ? displayName(bot) : channel.name),
  );
}

/** @param {string} name */
function isCrowdChannel(name) {
  return /^crowd-\d+$/.test(name);
}

/** @param {any} channel */
function signOf(channel) {
  if (isThread(channel)) return '↳';
  return isHidden(channel) ? h('img', { class: 'lock', src: '/lock.svg', alt: 'Private' }) : '#';
}

/** @param {any} channel */
function isHidden(channel) {
  const everyone = (channel.permission_overwrites ?? []).find(
    (/** @type {any} */ { id }) => id === channel.guild_id,
  );
  return (BigInt(everyone?.deny ?? 0) & (1n << 10n)) !== 0n;
}
