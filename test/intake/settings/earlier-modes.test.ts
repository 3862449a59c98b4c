import { expect, test } from 'vitest';
import {
  defaultSettings,
  settingsSchema,
  toChangedSettings,
  toSettingsAt,
  type ChannelMode,
} from '../../../src/intake/settings/settings.ts';

const changes: readonly (readonly [ChannelMode, string])[] = [
  ['never', '100'],
  ['mention', '200'],
  ['always', '1000'],
];
const settings = changes.reduce(
  (before, [mode, at]) => toChangedSettings(before, { mode, at }),
  defaultSettings,
);

test('a message that is read late was meant for the mode that held when it was said', () => {
  const modes = ['99', '100', '199', '200', '999', '1000', '1001'].map(
    (id) => toSettingsAt(settings, id).mode,
  );
  expect(modes).toEqual(['mention', 'never', 'never', 'mention', 'mention', 'always', 'always']);
});

test('what changes no mode leaves no trace, and the last ten are enough', () => {
  expect(toChangedSettings(defaultSettings, { mode: 'mention', at: '5' })).toEqual(defaultSettings);
  expect(toChangedSettings(defaultSettings, { whileRunning: 'steer', at: '5' }).earlierModes).toBeUndefined();
  let many = defaultSettings;
  for (let n = 1; n <= 50; n += 1) {
    many = toChangedSettings(many, { mode: n % 2 === 0 ? 'always' : 'never', at: String(n) });
  }
  expect(many.earlierModes).toHaveLength(10);
});

test('they outlive the process, and what cannot be read of them is left out', () => {
  expect(settingsSchema.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
  expect(settingsSchema.parse({ mode: 'never', earlierModes: [{ mode: 'x' }] })).toEqual({
    ...defaultSettings,
    mode: 'never',
  });
});
