import { expect, test, vi } from 'vitest';
import { refused as refusal } from '../outgoing/fake-discord.ts';
import { createReplyScene } from './reply-scene.ts';

const scene = createReplyScene();

/** One person asks so often at once; what they see of it. */
async function flood(count: number): Promise<{ texts: number; marks: number }> {
  const before = scene.discord.arrivals.length;
  const refused = Array.from({ length: count }, () => scene.replies.refuse(scene.createRun(), 'Too many.'));
  await vi.advanceTimersByTimeAsync(4_000);
  await Promise.all(refused);
  const paths = scene.discord.arrivals.slice(before).map(({ path }) => decodeURIComponent(path));
  return {
    texts: paths.filter((path) => path.endsWith('/messages')).length,
    marks: paths.filter((path) => path.endsWith('/reactions/🚫/@me')).length,
  };
}

test('a person who floods reads one refusal, and sees 🚫 at the rest, in every flood', async () => {
  scene.discord.bucketLimit = 100;
  for (let round = 0; round < 4; round += 1) {
    expect(await flood(20)).toEqual({ texts: 1, marks: 19 });
    await vi.advanceTimersByTimeAsync(5_000);
  }
});

test('who goes on asking reads words again every few seconds', async () => {
  scene.discord.bucketLimit = 100;
  let texts = 0;
  for (let second = 0; second < 20; second += 1) {
    const refused = scene.replies.refuse(scene.createRun(), 'Too many.');
    await vi.advanceTimersByTimeAsync(1_000);
    await refused;
  }
  for (const { path } of scene.discord.arrivals) if (path.endsWith('/messages')) texts += 1;
  expect(texts).toBe(4);
  expect(scene.discord.arrivals).toHaveLength(20);
});

test('the question of a thread is marked where it stands, and refers to nothing inside', async () => {
  scene.discord.bucketLimit = 100;
  const audience = { kind: 'channel', guildId: '5', channelId: '10', everyone: true } as const;
  const origin = { kind: 'message', messageId: '77' } as const;
  const run = { ...scene.createRun(), id: '77', channelId: '77', guildId: '5', audience, origin };
  const refused = [run, run].map((each) => scene.replies.refuse(each, 'Too many.'));
  await vi.advanceTimersByTimeAsync(4_000);
  await Promise.all(refused);
  const [words, mark] = scene.discord.arrivals;
  expect(words).toMatchObject({ path: '/channels/77/messages', json: { content: 'Too many.' } });
  expect(words?.json).not.toHaveProperty('message_reference');
  expect(decodeURIComponent(mark?.path ?? '')).toBe('/channels/10/messages/77/reactions/🚫/@me');
});

test('where the bot may not react it goes on speaking, and does not try again for a while', async () => {
  scene.discord.bucketLimit = 100;
  const ask = async (): Promise<void> => {
    const refused = scene.replies.refuse(scene.createRun(), 'Too many.');
    await vi.advanceTimersByTimeAsync(1_000);
    await refused;
  };
  await ask();
  scene.discord.script.push(refusal(403, 50_013));
  await ask();
  await ask();
  expect(scene.discord.arrivals).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(5_000);
  await ask();
  expect(scene.discord.arrivals.map(({ method }) => method)).toEqual(['POST', 'PUT', 'POST']);
});

test('one person who blocked the bot takes the mark of a refusal from nobody else', async () => {
  scene.discord.bucketLimit = 100;
  const ask = async (id: string): Promise<void> => {
    const run = scene.createRun();
    const refused = scene.replies.refuse({ ...run, requester: { ...run.requester, id } }, 'Too many.');
    await vi.advanceTimersByTimeAsync(500);
    await refused;
  };
  await ask('1');
  await ask('2');
  scene.discord.script.push(refusal(403, 90_001));
  await ask('1');
  await ask('2');
  const marks = scene.discord.arrivals.filter(({ method }) => method === 'PUT');
  expect(marks.length, 'tried for the one, set for the other').toBe(2);
});
