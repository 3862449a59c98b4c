import { byId, h } from './dom.js';

/** Lets many people ask at once and shows how far their answers are. @param {any} app */
export function createCrowdPanel(app) {
  const { state } = app;
  const number = h('input', { type: 'number', min: 1, max: 500, value: '50', 'aria-label': 'People' });
  const button = h('button', { type: 'submit' }, 'Ask at once');
  const bar = h('progress', { max: 1, value: 0 });
  const counts = h('p', { class: 'counts' });
  const stats = h('p', { class: 'stats' });

  const ask = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const guildId = state.guilds[0]?.id;
    await app.connection.act({ type: 'crowd', guildId, people: Number(number.value) });
  };
  byId('crowd').append(
    h('h2', {}, 'Crowd'),
    h('form', { onsubmit: ask }, number, h('span', {}, 'people'), button),
    bar,
    counts,
    stats,
  );

  return {
    render() {
      const { running, asked, begun, completed } = state.crowd;
      button.disabled = running;
      bar.max = Math.max(asked, 1);
      bar.value = completed;
      bar.hidden = asked === 0;
      counts.textContent =
        asked === 0 ? '' : `${completed} of ${asked} answered · ${begun - completed} being written`;
    },
    renderStats() {
      const { requests, rateLimited } = state.stats;
      stats.textContent = `${requests} requests to Discord · ${rateLimited} × 429`;
      stats.classList.toggle('bad', rateLimited > 0);
    },
  };
}
