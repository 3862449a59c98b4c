import { SnowflakeUtil } from 'discord.js';
import { expect, test, vi } from 'vitest';
import { createMissedScene } from './missed-scene.ts';

test.each([
  ['joinedAt', { joinedAt: undefined }],
  ['messageId', { messageId: 'odd' }],
])('an odd %s of one channel does not end the whole catch-up', async (_name, odd) => {
  const latest: object[] = [];
  await using scene = await createMissedScene({ catchUp: { latestMessages: () => latest as never } });
  const { general, cursors, discord, guild } = scene;
  const other = discord.people.addChannel(guild.id, { name: 'other' });
  const before = scene.mention(general.id, 'before');
  scene.write(before);
  cursors.set(general.id, before);
  const good = scene.mention(general.id, 'good');
  const messageId = scene.mention(other.id, 'later');
  const joinedAt = SnowflakeUtil.timestampFrom(before) - 1_000;
  latest.push({ channelId: other.id, messageId, joinedAt, ...odd });
  await scene.start();
  await vi.waitFor(() => {
    expect(scene.heardIds()).toContain(good);
  }, 2_000);
});

test('a missed message of an odd shape costs that message alone', async () => {
  await using scene = await createMissedScene();
  const { general, cursors, budget } = scene;
  const send = budget.send.bind(budget);
  let odd = '';
  vi.spyOn(budget, 'send').mockImplementation(async (request) => {
    const result: unknown = await send(request);
    if (!Array.isArray(result)) return result;
    return result.map((message: { id: string }) =>
      message.id === odd ? { ...message, mentions: undefined } : message,
    );
  });
  cursors.set(general.id, scene.mention(general.id, 'before'));
  odd = scene.mention(general.id, 'odd');
  const good = scene.mention(general.id, 'good');
  await scene.start();
  await vi.waitFor(() => {
    expect(scene.heardIds()).toEqual([good]);
  }, 2_000);
});

test('a door that throws over one missed message does not lose the others', async () => {
  const heard: string[] = [];
  let odd = '';
  await using scene = await createMissedScene({
    catchUp: {
      door: {
        onMessage({ id }) {
          if (id === odd) throw new Error('odd');
          heard.push(id);
        },
      },
    },
  });
  const { general, cursors } = scene;
  cursors.set(general.id, scene.mention(general.id, 'before'));
  odd = scene.mention(general.id, 'odd');
  const good = scene.mention(general.id, 'good');
  await scene.start();
  await vi.waitFor(() => {
    expect(heard).toEqual([good]);
  }, 2_000);
});
