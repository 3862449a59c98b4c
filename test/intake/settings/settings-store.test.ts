import { expect, test } from 'vitest';
import { StoreUnavailableError } from '../../../src/errors.ts';
import { defaultSettings, toSettingsScope } from '../../../src/intake/settings/settings.ts';
import { createSettingsStore } from '../../../src/intake/settings/settings-store.ts';
import type { KeyValueStore } from '../../../src/storage/ports.ts';
import { channel, dm, ownThread } from '../incoming.ts';
import { recordLog } from '../recorded-log.ts';

const outage = new StoreUnavailableError('get', new Error('connection lost'));

function createScene(entries = new Map<string, unknown>()) {
  const asked: string[] = [];
  const state: { isOut: boolean; hangs: boolean; slowly?: Promise<undefined> | undefined } = {
    isOut: false,
    hangs: false,
  };
  const store: KeyValueStore = {
    async get(key, signal) {
      asked.push(key);
      if (state.isOut) throw outage;
      if (!state.hangs) {
        const found = entries.get(key);
        await state.slowly;
        return found;
      }
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    },
    async set(key, value) {
      if (state.isOut) throw outage;
      entries.set(key, value);
      return Promise.resolve();
    },
    delete: () => Promise.resolve(false),
  };
  const { log, lines } = recordLog();
  const settings = createSettingsStore({ store, log, readTimeoutMs: 20, pauseMs: 60_000 });
  return { settings, entries, asked, state, lines };
}

test('what was set holds, also for the next process; what was not is as by default', async () => {
  const { settings, entries } = createScene();
  expect(await settings.read('a')).toEqual({ whileRunning: 'queue', mode: 'mention' });
  expect(await settings.change('a', { mode: 'threads' })).toEqual({ whileRunning: 'queue', mode: 'threads' });
  await settings.change('a', { whileRunning: 'steer' });
  const later = createScene(entries);
  expect(await later.settings.read('a')).toEqual({ whileRunning: 'steer', mode: 'threads' });
});

test('read once, then known', async () => {
  const { settings, asked } = createScene();
  expect(settings.known('a')).toBeUndefined();
  await Promise.all([settings.read('a'), settings.read('a')]);
  expect(settings.known('a')).toEqual(defaultSettings);
  await settings.read('a');
  expect(asked).toEqual(['a']);
});

test('two changes at once both hold', async () => {
  const { settings } = createScene();
  await Promise.all([
    settings.change('a', { mode: 'never' }),
    settings.change('a', { whileRunning: 'interrupt' }),
  ]);
  expect(settings.known('a')).toEqual({ whileRunning: 'interrupt', mode: 'never' });
});

test('a change is newer than a read that was under way', async () => {
  const { settings, state } = createScene();
  const slow = Promise.withResolvers<undefined>();
  state.slowly = slow.promise;
  const reading = settings.read('a');
  state.slowly = undefined;
  await settings.change('a', { mode: 'never' });
  slow.resolve(undefined);
  expect(await reading).toMatchObject({ mode: 'never' });
  expect(settings.known('a')).toMatchObject({ mode: 'never' });
});

test('FAULTS 28: an outage is the defaults for a while, and overwrites nothing', async () => {
  const entries = new Map<string, unknown>([['a', { whileRunning: 'steer', mode: 'never' }]]);
  const { settings, state, asked, lines } = createScene(entries);
  state.isOut = true;
  expect(await settings.read('a')).toEqual(defaultSettings);
  expect(settings.known('a'), 'the next message does not wait for the store').toEqual(defaultSettings);
  expect(asked).toHaveLength(1);
  expect(lines).toMatchObject([{ level: 'warn' }]);
  await expect(settings.change('a', { mode: 'always' })).rejects.toBe(outage);
  state.isOut = false;
  expect(await settings.change('a', { whileRunning: 'queue' })).toEqual({
    whileRunning: 'queue',
    mode: 'never',
  });
});

test('FAULTS 28: a store that hangs holds up a message for a moment only', async () => {
  const { settings, state } = createScene();
  state.hangs = true;
  expect(await settings.read('a')).toEqual(defaultSettings);
});

test('what is no longer known is as by default; what is no record is an outage', async () => {
  const { settings } = createScene(
    new Map<string, unknown>([
      ['a', { whileRunning: 'steer', mode: 'shout', color: 'red' }],
      ['b', 'rubbish'],
    ]),
  );
  expect(await settings.load('a')).toEqual({ whileRunning: 'steer', mode: 'mention' });
  await expect(settings.load('b')).rejects.toBeInstanceOf(StoreUnavailableError);
});

test('threads have the settings of their channel, direct messages those of their person', () => {
  expect(toSettingsScope(ownThread, '100')).toBe(toSettingsScope(channel, '101'));
  expect(toSettingsScope({ ...channel, channelId: '12' }, '100')).not.toBe(toSettingsScope(channel, '100'));
  expect(toSettingsScope(dm, '100')).not.toBe(toSettingsScope(dm, '101'));
});
