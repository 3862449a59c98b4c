import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFile } from '../storage/temporary-file.ts';
import { startBot, type Bot } from './bot.ts';

let bot: Bot | undefined;
let ann: string;
let asked = 0;

/** The bot as an operator restricts it. */
async function start(environment: Record<string, string>, storeUrl = 'memory://'): Promise<Bot> {
  bot = await startBot({
    script: () => {
      asked += 1;
      return { text: 'An answer.' };
    },
    environment,
    storeUrl,
  });
  ann = bot.discord.people.addUser({ name: 'Ann' }).id;
  return bot;
}

beforeEach(() => {
  asked = 0;
});
afterEach(async () => {
  await bot?.[Symbol.asyncDispose]();
});

test('in a server that is not among the allowed ones it stays silent, and commands say so in private', async () => {
  const { discord, mention, answerTo } = await start({ ALLOWED_GUILDS: '100000000000000001' });
  const { people } = discord;
  const channel = people.addChannel(people.addGuild({ memberIds: [ann] }).id).id;
  const question = people.say(ann, channel, `${mention} hello in a thread`);
  const command = await people.command(ann, channel, 'ask', { values: { question: 'hello' } });
  const refused = await command.answer();
  expect(refused.content).toBe('I am not available in this server.');
  expect((refused.flags ?? 0) & 64).toBe(64);
  // In private it answers, which comes after what was said before.
  await answerTo(people.say(ann, people.openDm(ann).id, 'hello').id);
  expect(asked).toBe(1);
  expect(discord.messages(channel).map(({ id }) => id)).toEqual([question.id]);
});

test('FAULTS 42: over the questions of a day: a word, no model call, no thread; also after a restart', async () => {
  const storeUrl = `sqlite://${await temporaryFile()}`;
  const { discord, mention, answerTo, restart } = await start({ MAX_RUNS_PER_USER_PER_DAY: '1' }, storeUrl);
  const { people } = discord;
  const channel = people.addChannel(people.addGuild({ memberIds: [ann] }).id).id;
  expect((await answerTo(people.say(ann, channel, `${mention} one`).id)).text).toBe('An answer.');
  await restart();
  const calls = asked;
  const over = await answerTo(people.say(ann, channel, `${mention} two, in a thread`).id);
  expect(over.text).toMatch(/^You have asked me one question today.* Please ask again <t:\d+:R>\.$/);
  expect(asked).toBe(calls);
});
