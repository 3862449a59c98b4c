import { h } from './dom.js';
import { displayName } from './users.js';

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
    return app.connection.act({ type: 'say', userId, channelId, content });
  };

  return {
    /** @param {number} messageCount */
    render(messageCount) {
      const { state } = app;
      const channel = state.channels.get(state.channelId);
      const bot = displayName(state.users.get(state.botUserId));
      const isDm = channel?.type === 1;
      element.classList.toggle('small', messageCount > 0);
      element.replaceChildren(
        h('h1', {}, isDm ? bot : `Welcome to #${channel?.name ?? ''}`),
        h(
          'p',
          {},
          isDm
            ? `Only ${displayName(state.users.get(state.personId))} and ${bot} are here: every message is answered.`
            : `Mention @${bot}, reply to one of its messages, or type / for its commands. Be somebody else with the faces at the lower left.`,
        ),
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
