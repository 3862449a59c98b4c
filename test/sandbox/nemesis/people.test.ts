import { expect, test } from 'vitest';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import { createHistory } from '../../../sandbox/nemesis/history.ts';
import { createRandom } from '../../../sandbox/nemesis/random.ts';
import { createPerson } from '../../../sandbox/nemesis/talk.ts';

/** What they do by themselves: no bot is there to open threads. */
const KINDS = new Set(['edits', 'retry'] as const);
const plain = { whileRunning: 'queue', isOfThreads: false } as const;

/** What a person says and does, as it is told; without ids, which are new each time. */
async function listenTo(seed: number, count: number): Promise<string[]> {
  const discord = await startDiscord();
  try {
    const guild = discord.people.addGuild();
    const { id: userId } = discord.people.addUser({ name: 'person' });
    discord.people.join(guild.id, userId);
    const { id: channelId } = discord.people.addChannel(guild.id, { name: 'channel' });
    const history = createHistory();
    const person = createPerson(
      {
        ...{ discord, number: 1, userId, moderatorId: userId, history, meanGapMs: 1 },
        places: [
          { ...plain, channelId, isDirect: false },
          { ...plain, channelId: discord.people.openDm(userId).id, isDirect: true, whileRunning: 'steer' },
        ],
        unendedQuestions: () => undefined,
        seenOf: () => [],
        random: createRandom(seed),
      },
      KINDS,
    );
    const over = new AbortController();
    const talk = person.talk(over.signal);
    const told = (): string[] =>
      history
        .lines()
        .filter((line) => !line.includes("'s stop "))
        .map((line) => line.replace(/^.* s {2}/, '').replace(/: message \d+/, ''));
    await expect.poll(() => told().length, { interval: 5 }).toBeGreaterThan(count);
    over.abort();
    await talk.catch(() => undefined);
    return told().slice(0, count);
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
