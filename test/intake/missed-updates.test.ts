import { expect, test } from 'vitest';
import { defaultSettings, toChangedSettings } from '../../src/intake/settings/settings.ts';
import { createFakeRuns } from './fake-runs.ts';
import { toMessage } from './incoming.ts';
import { recordLog } from './recorded-log.ts';
import { createTestIntake } from './test-intake.ts';

test('a question that was missed and edited is answered in the mode in which it was asked', async () => {
  const runs = createFakeRuns();
  const always = toChangedSettings(defaultSettings, { mode: 'always' });
  const settings = toChangedSettings(always, { mode: 'mention', at: '99999999' });
  const intake = createTestIntake({
    runs,
    messageContent: true,
    log: recordLog().log,
    settings: { known: () => settings, read: () => Promise.resolve(settings) },
  });
  const asked = toMessage();
  // As catch-up hands on a missed message that bears an edited_timestamp.
  intake.onMessage(asked);
  intake.onMissedUpdate({ ...asked, editedAt: asked.createdAt + 1_000 });
  await new Promise(setImmediate);
  expect(runs.submitted.map(({ id }) => id)).toEqual([asked.id]);
  expect(runs.withdrawn).toEqual([]);
});
