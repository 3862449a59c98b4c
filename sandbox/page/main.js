import './components.js';
import { createChannelList } from './channel-list.js';
import { Composer } from './composer.js';
import { createConnection } from './connection.js';
import { createCrowdPanel } from './crowd-panel.js';
import { byId, h } from './dom.js';
import { MessageActions } from './message-actions.js';
import { MessageList } from './message-list.js';
import { showModal } from './modal-form.js';
import { createPeopleBar } from './people-bar.js';
import { Store } from './store.js';
import { displayName } from './users.js';
import { isThread } from './visibility.js';
import { createWelcome } from './welcome.js';

const store = new Store((topics) => draw(topics));
const connection = createConnection((message) => store.receive(message));

/** What the parts of the page share. */
const app = {
  store,
  state: store.state,
  connection,
  onModal: (/** @type {any} */ view) => showModal(view, app),
  onDismiss: (/** @type {any} */ message) => store.dismiss(message),
  /** @type {any} */ actions: undefined,
  /** @type {any} */ composer: undefined,
  /** @type {any} */ list: undefined,
  /** @type {any} */ welcome: undefined,
};
app.actions = new MessageActions(app);
app.welcome = createWelcome(app);
app.list = new MessageList(app);
app.composer = new Composer(app);
const channelList = createChannelList(app);
const peopleBar = createPeopleBar(app);
const crowdPanel = createCrowdPanel(app);

/** @param {Set<string>} topics */
function draw(topics) {
  if (!app.state.ready) return;
  if (topics.has('channels') || topics.has('people')) {
    channelList.render();
    peopleBar.render();
    drawChannelHeader();
    app.composer.drawPlaceholder();
  }
  if (topics.has('messages')) app.list.render();
  if (topics.has('typing')) drawTyping();
  if (topics.has('crowd')) crowdPanel.render();
  if (topics.has('stats')) crowdPanel.renderStats();
}

function drawChannelHeader() {
  const channel = app.state.channels.get(app.state.channelId);
  const isDm = channel?.type === 1;
  const parent = app.state.channels.get(channel?.parent_id);
  byId('channel-header').replaceChildren(
    h('span', { class: 'sign' }, isDm ? '@' : channel && isThread(channel) ? '↳' : '#'),
    h('strong', {}, isDm ? displayName(app.state.users.get(app.state.botUserId)) : (channel?.name ?? '')),
    channel && isThread(channel) ? h('span', { class: 'topic' }, `thread in #${parent?.name ?? ''}`) : '',
  );
}

function drawTyping() {
  const now = Date.now();
  const typing = [...(app.state.typing.get(app.state.channelId) ?? [])].filter(([, until]) => until > now);
  const names = typing.map(([userId]) => displayName(app.state.users.get(userId)));
  const who =
    names.length > 3 ? 'Several people are' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'}`;
  byId('typing').replaceChildren(
    ...(names.length === 0
      ? []
      : [h('span', { class: 'dots' }, h('i'), h('i'), h('i')), h('b', {}, who), ' typing…']),
  );
}

// Typing ends by itself when nobody renews it.
setInterval(drawTyping, 1_000);
