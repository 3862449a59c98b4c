import { describe, expect, test } from 'vitest';
import { threadOpening } from '../../src/policy/permissions.ts';
import { createCommandScene, type SceneOptions } from '../discord/commands/command-scene.ts';
import { toInteraction, type InteractionGiven } from '../discord/commands/interactions.ts';

async function use(given: InteractionGiven = {}, options: SceneOptions = {}) {
  const scene = createCommandScene(options);
  await scene.use(toInteraction('thread', { permissions: threadOpening, ...given }));
  const { text, isEphemeral } = scene.shown();
  expect(isEphemeral).toBe(true);
  return { text, requests: scene.threads.requests };
}

describe('/thread', () => {
  test('opens a thread of its own, with the title if there is one', async () => {
    const { text, requests } = await use({ options: { title: 'Tea' } });
    expect(requests).toEqual([
      {
        guildId: '1',
        channelId: '10',
        messageId: null,
        title: 'Tea',
        text: '',
        requester: { id: '100', name: 'Ann' },
        roleIds: null,
      },
    ]);
    expect(text).toBe('Here it is: <#700>. Mention me there, or reply to me.');
    expect((await use({}, { messageContent: true })).text).toBe(
      'Here it is: <#700>. Write there, and I answer.',
    );
  });

  test('FAULTS 33: only for those who may open threads themselves', async () => {
    const { text, requests } = await use({ permissions: 0n });
    expect(text).toMatch(/You may not open threads/);
    expect(requests).toEqual([]);
  });

  test('in a thread there is no other', async () => {
    const { text, requests } = await use({ channel: { id: '11', type: 11 } });
    expect(text).toMatch(/a thread already/);
    expect(requests).toEqual([]);
  });

  test('says why it could not', async () => {
    const opening = { kind: 'refused', reason: 'I may not.' } as const;
    expect((await use({}, { opening })).text).toBe('I may not.');
  });
});
