import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import { permission } from '../../src/policy/permissions.ts';
import { startBot, type Bot } from './bot.ts';

let bot: Bot;
let userId: string;
let channelId: string;
let hold: Promise<unknown> | undefined;

beforeEach(async () => {
  hold = undefined;
  bot = await startBot({
    async script(request) {
      await hold;
      return { text: `Answer to ${lastQuestion(request)}` };
    },
  });
  const { people } = bot.discord;
  userId = people.addUser({ name: 'ann' }).id;
  channelId = people.addChannel(people.addGuild({ memberIds: [userId] }).id).id;
});
afterEach(() => bot[Symbol.asyncDispose]());

const ask = (text: string) => bot.discord.people.say(userId, channelId, `${bot.mention} ${text}`);
const close = () => {
  bot.discord.people.setBotPermissions(channelId, { deny: permission.sendMessages });
};
const open = () => {
  bot.discord.people.setBotPermissions(channelId, { allow: permission.sendMessages });
};
const shown = () =>
  bot.discord.messages(channelId).flatMap(({ author, content }) => (author.id === userId ? [] : [content]));

/** When this is answered, whatever was said before has come in too. */
async function passes(): Promise<void> {
  const dm = bot.discord.people.openDm(userId).id;
  await bot.answerTo(bot.discord.people.say(userId, dm, 'still there?').id);
}

test('FAULTS 23: what is asked where the bot may not speak is not paid for, and answered once it may', async () => {
  close();
  ask('tea');
  const gone = ask('a secret');
  ask('coffee');
  bot.discord.people.deleteMessage(userId, gone.id);
  await passes();
  expect(bot.model.requests.map(lastQuestion)).toEqual(['still there?']);
  expect(bot.discord.stats.byStatus[403]).toBeUndefined();
  open();
  await expect.poll(shown).toEqual(['Answer to tea', 'Answer to coffee']);
  expect(bot.model.requests.map(lastQuestion)).not.toContain('a secret');
});

test('FAULTS 23: an answer that was not let in is shown when it is, and the model not asked again', async () => {
  const gate = Promise.withResolvers<undefined>();
  hold = gate.promise;
  ask('tea');
  await expect.poll(() => bot.model.requests.length).toBe(1);
  close();
  gate.resolve(undefined);
  await expect.poll(() => bot.discord.stats.byStatus[403]).toBeGreaterThan(0);
  open();
  await expect.poll(shown).toEqual(['Answer to tea']);
  expect(bot.model.requests).toHaveLength(1);
});
