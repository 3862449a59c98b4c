import { expect, test } from 'vitest';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import { createHistory } from '../../../sandbox/nemesis/history.ts';
import { createRandom } from '../../../sandbox/nemesis/random.ts';
import { createPerson } from '../../../sandbox/nemesis/talk.ts';

/** What a person says and does, as it is told; without ids, which are new each time. */
async function listenTo(seed: number, count: number): Promise<string[]> {
  const discord = await startDiscord();
  try {
    const guild = discord.people.addGuild();
    const { id: userId } = discord.people.addUser({ name: 'person' });
    discord.people.join(guild.id, userId);
    const { id: channelId } = discord.people.addChannel(guild.id, { name: 'channel' });
    const history = createHistory();
    const person = createPerson({
      ...{ discord, number: 1, userId, history, meanGapMs: 1 },
      channelIds: [channelId, discord.people.openDm(userId).id],
      random: createRandom(seed),
    });
    const over = new AbortController();
    const talk = person.talk(over.signal);
    await expect.poll(() => history.lines().length, { interval: 5 }).toBeGreaterThan(count);
    over.abort();
    await talk.catch(() => undefined);
    return history
      .lines()
      .filter((line) => !line.includes("'s stop "))
      .map((line) => line.replace(/^.* s {2}/, '').replace(/: message \d+/, ''))
      .slice(0, count);
  } finally {
    await discord.stop();
  }
}

test('the same seed makes the same person, another one another', async () => {
  const told = await listenTo(5, 40);
  expect(told.join('\n')).toMatch(/asks[^]*is edited/);
  expect(await listenTo(5, 40)).toEqual(told);
  expect(await listenTo(6, 40)).not.toEqual(told);
});
