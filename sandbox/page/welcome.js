import { h } from './dom.js';
import { displayName } from './users.js';
import { isThread } from './visibility.js';

const IDEAS = [
  'what time is it? roll 2d6 and calculate 6*7',
  'remember that I like green tea',
  'what do you know about me?',
  'summarize what was said',
  'a long answer, please',
  'a slow answer, please',
];

/** What stands at the top of a channel: where one is, and ideas to begin with. @param {any} app */
export function createWelcome(app) {
  const element = h('section', { class: 'welcome' });

  /** @param {string} idea @param {boolean} isDm */
  const ask = (idea, isDm) => {
    const { personId: userId, channelId, botUserId } = app.state;
    const content = isDm ? idea : `<@${botUserId}> ${idea}`;
    app.composer.focus();
    return app.connection.act({ type: 'say', userId, channelId, content });
  };

  return {
    /** @param {number} messageCount */
    render(messageCount) {
      const { state } = app;
      const channel = state.channels.get(state.channelId);
      const isDm = channel?.type === 1;
      element.classList.toggle('small', messageCount > 0);
      element.replaceChildren(
        h('h1', {}, toTitle(channel, state)),
        h('p', {}, toExplanation(channel, state)),
        h(
          'div',
          { class: 'ideas' },
          ...IDEAS.map((idea) => h('button', { type: 'button', onclick: () => ask(idea, isDm) }, idea)),
        ),
      );
      return element;
    },
  };
}

/** @param {any} channel @param {any} state */
function toTitle(channel, state) {
  if (channel?.type === 1) return displayName(state.users.get(state.botUserId));
  return channel && isThread(channel) ? channel.name : `Welcome to #${channel?.name ?? ''}`;
}

/** @param {any} channel @param {any} state */
function toExplanation(channel, state) {
  const bot = displayName(state.users.get(state.botUserId));
  if (channel?.type === 1) {
    return `Only ${displayName(state.users.get(state.personId))} and ${bot} are here: every message is answered.`;
  }
  if (channel && isThread(channel))
    return `In a thread all who write share one conversation. Mention @${bot} to ask it.`;
  return (
    `Mention @${bot}, reply to one of its messages, or type / for its commands. ` +
    'Be somebody else with the faces at the lower left.'
  );
}
