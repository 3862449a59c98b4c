import { SnowflakeUtil } from 'discord.js';
import { expect, test } from 'vitest';
import { StoreUnavailableError } from '../../../src/errors.ts';
import { createRun } from '../../intake/fake-runs.ts';
import { createCommandScene } from '../commands/command-scene.ts';
import { toPress } from '../commands/interactions.ts';

const run = createRun({ requesterId: '100' });
const ephemeral = 64;
/** For one person, with no links unfolded and nobody notified. */
const word = (text: RegExp) => [
  {
    content: expect.stringMatching(text) as string,
    flags: ephemeral | 4,
    allowed_mentions: { parse: [], replied_user: false },
  },
];

test('acknowledged without a word where the answer itself shows what happened', async () => {
  const scene = createCommandScene({ runs: { found: run, stopped: 1 } });
  for (const action of ['stop', 'retry', 'delete']) await scene.use(toPress(`${action}:${run.id}`));
  expect(scene.callbacks()).toEqual([{ type: 6 }, { type: 6 }, { type: 6 }]);
  expect(scene.followUps()).toEqual([]);
  expect(scene.runs.stops).toEqual([{ filter: { runId: run.id }, by: 'requester' }]);
  expect(scene.runs.retried).toMatchObject([{ runId: run.id }]);
  expect(scene.runs.retried[0]).not.toHaveProperty('origin');
  expect(scene.runs.forgotten).toEqual([run.id]);
});

test.each([
  ['an answer that is complete', 'stop', run, /complete already/],
  ['an answer that is no longer kept', 'retry', undefined, /too old or gone/],
] as const)('%s: a word for the person alone', async (_, action, found, text) => {
  const scene = createCommandScene({ runs: found ? { found } : {} });
  await scene.use(toPress(`${action}:${run.id}`));
  expect(scene.followUps()).toEqual(word(text));
});

test('FAULTS 28: a store that is out of reach is said to be, and logged', async () => {
  const scene = createCommandScene({
    change: (context) => ({
      ...context,
      runs: {
        ...context.runs,
        find: () => Promise.reject(new StoreUnavailableError('get', new Error('disk'))),
      },
    }),
  });
  await scene.use(toPress(`delete:${run.id}`));
  expect(scene.followUps()).toEqual(word(/memory cannot be reached/));
  expect(scene.lines).toHaveLength(1);
});

test.each([
  ['a private answer', { message: { flags: ephemeral } }, { isPrivate: true }],
  ['an answer in a server without the bot', { guildId: '2' }, { isPrivate: false, isForeign: true }],
  ['an answer between two people', { guildId: null, context: 2 }, { isPrivate: false, isForeign: true }],
])('%s is made anew below, by the token of the button', async (_, given, origin) => {
  const scene = createCommandScene({ runs: { found: run } });
  await scene.use(toPress(`retry:${run.id}`, given));
  expect(scene.callbacks()).toEqual([{ type: 5, data: origin.isPrivate ? { flags: ephemeral } : {} }]);
  expect(scene.runs.retried).toMatchObject([
    { origin: { kind: 'interaction', token: 'secret-token', ...origin } },
  ]);
});

test('what only a token shows is taken away by that of the button, once the answer’s own has ended', async () => {
  const removed = async (timestamp: number) => {
    const interactionId = String(SnowflakeUtil.generate({ timestamp }));
    const origin = { kind: 'interaction', interactionId, token: 'old', isPrivate: true } as const;
    const scene = createCommandScene({ runs: { found: { ...run, origin } } });
    await scene.use(toPress(`delete:${run.id}`, { message: { flags: ephemeral } }));
    expect(scene.runs.forgotten).toEqual([run.id]);
    return scene.rest.sent.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
  };
  const pressedAt = SnowflakeUtil.timestampFrom(toPress(`delete:${run.id}`).id);
  expect(await removed(pressedAt)).toEqual([]);
  expect(await removed(pressedAt - 15 * 60_000)).toEqual(['/webhooks/900/secret-token/messages/%40original']);
});

test.each(['stop', 'stop:', 'stop:1:2', 'stop:x', 'dance:1'])('%s is no control', async (customId) => {
  const scene = createCommandScene({ runs: { found: run } });
  await scene.use(toPress(customId));
  expect(scene.shown().text).toMatch(/do not know/);
});

test('FAULTS 34: a button that stands in another channel than its run controls nothing', async () => {
  const elsewhere = createCommandScene({ runs: { found: { ...run, channelId: '77' } } });
  for (const action of ['stop', 'retry', 'delete']) await elsewhere.use(toPress(`${action}:${run.id}`));
  expect([...elsewhere.runs.stops, ...elsewhere.runs.retried, ...elsewhere.runs.forgotten]).toEqual([]);
  expect(elsewhere.followUps()).toHaveLength(3);
});
