import { describe, expect, test } from 'vitest';
import { settings } from '../../commands/settings.ts';
import { StoreUnavailableError } from '../../src/errors.ts';
import { toSettingsScope } from '../../src/intake/settings/settings.ts';
import { createCommandScene, type SceneOptions } from '../discord/commands/command-scene.ts';
import { toInteraction, type InteractionGiven } from '../discord/commands/interactions.ts';
import { channel, dm } from '../intake/incoming.ts';

const manageChannels = 1n << 4n;
const inThread = { channel: { id: '11', type: 11, parent_id: '10' } };

async function use(subcommand: string, given: InteractionGiven = {}, options: SceneOptions = {}) {
  const changes: unknown[] = [];
  const scene = createCommandScene({
    ...options,
    change: (context) => ({
      ...context,
      settings: {
        load: (scope, signal) => context.settings.load(scope, signal),
        change(scope, change, signal) {
          changes.push([scope, change]);
          return context.settings.change(scope, change, signal);
        },
      },
    }),
  });
  await scene.use(toInteraction('settings', { permissions: manageChannels, subcommand, ...given }));
  const { text, isEphemeral } = scene.shown();
  expect(isEphemeral).toBe(true);
  return { text, changes };
}

const ofChannel = toSettingsScope(channel, '100');

describe('/settings', () => {
  test('show tells everybody what is set', async () => {
    const { text } = await use('show', { permissions: 0n });
    expect(text).toMatch(/^In <#10> and its threads I answer mentions .*\(`mention`\)\. .*\(`queue`\)\.$/);
  });

  test('a moderator sets the mode of a channel, also from one of its threads', async () => {
    for (const place of [{}, inThread]) {
      const { text, changes } = await use('mode', { options: { answer: 'threads' }, ...place });
      expect(changes).toMatchObject([[ofChannel, { mode: 'threads' }]]);
      expect(text).toMatch(/^Set\. In <#10> and its threads .*\(`threads`\)/);
    }
  });

  test('FAULTS 34: nobody else', async () => {
    const { text, changes } = await use('mode', { options: { answer: 'never' }, permissions: 0n });
    expect(text).toMatch(/Only moderators/);
    expect(changes).toEqual([]);
  });

  test('every message needs the message-content intent', async () => {
    const without = await use('mode', { options: { answer: 'always' } });
    expect(without.text).toMatch(/MESSAGE_CONTENT_INTENT.*Nothing was changed/);
    expect(without.changes).toEqual([]);
    const having = await use('mode', { options: { answer: 'always' } }, { messageContent: true });
    expect(having.changes).toMatchObject([[ofChannel, { mode: 'always' }]]);
  });

  test('a person sets what becomes of their own direct messages, which have no mode', async () => {
    const direct = { guildId: null, channel: { id: '20', type: 1 } };
    const { text, changes } = await use('while-running', { options: { behavior: 'steer' }, ...direct });
    expect(changes).toEqual([[toSettingsScope(dm, '100'), { whileRunning: 'steer' }]]);
    expect(text).toMatch(/joins the answer under way/);
    const mode = await use('mode', { options: { answer: 'never' }, ...direct });
    expect(mode.text).toMatch(/In direct messages I answer everything/);
    expect(mode.changes).toEqual([]);
  });

  test('FAULTS 28: an outage of the store is said to be one', async () => {
    const scene = createCommandScene({
      change: (context) => ({
        ...context,
        settings: {
          ...context.settings,
          load: () => Promise.reject(new StoreUnavailableError('get', new Error('gone'))),
        },
      }),
    });
    await scene.use(toInteraction('settings', { subcommand: 'show' }));
    expect(scene.shown().text).toMatch(/memory cannot be reached/);
  });

  test('Discord shows each choice whole', () => {
    const options = 'options' in settings.definition ? (settings.definition.options ?? []) : [];
    const choices = JSON.stringify(options).matchAll(/"name":"([^"]+: [^"]+)","value"/g);
    const names = Array.from(choices, ([, name = '']) => name);
    expect(names).toHaveLength(7);
    expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });
});
