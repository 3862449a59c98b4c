import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { permission } from '../../src/policy/permissions.ts';
import { startBot, type Bot } from './bot.ts';

let bot: Bot;
let guildId: string;
let channelId: string;
let ann: string;

/** Long answers grow for seconds, so that there is time to change a question. */
function script(request: ScriptedRequest): ScriptedReply {
  const question = lastQuestion(request);
  const text = `answer to ${question}`;
  return question.includes('slow') ? { text: `${text} ${'and more '.repeat(200)}`, tokenMs: 40 } : { text };
}

beforeAll(async () => {
  bot = await startBot({ script });
  const { people } = bot.discord;
  ann = people.addUser({ name: 'Ann' }).id;
  guildId = people.addGuild({ memberIds: [ann] }).id;
});
afterAll(async () => {
  await bot[Symbol.asyncDispose]();
});

const say = (text: string) => bot.discord.people.say(ann, channelId, `${bot.mention} ${text}`);
async function ask(text: string) {
  channelId = bot.discord.people.addChannel(guildId).id;
  const question = say(text);
  return { question, answer: await bot.answerTo(question.id) };
}

const shown = (id: string) => bot.discord.message(channelId, id);
const answersShown = () =>
  bot.discord.messages(channelId).filter(({ author }) => author.id === bot.discord.botUserId);

test('FAULTS 10: the question is edited while it waits: the new text counts, and nothing of the old is asked', async () => {
  const { question: first } = await ask('slow one');
  const waiting = say('tea');
  bot.discord.people.edit(ann, waiting.id, `${bot.mention} coffee`);
  bot.discord.people.deleteMessage(ann, first.id);
  expect((await bot.answerTo(waiting.id)).text).toBe('answer to coffee');
  expect(JSON.stringify(bot.model.requests)).not.toContain('tea');
});

test('FAULTS 10, 25: the question is deleted while it waits: it is not asked, and nobody types for it', async () => {
  const { question: first } = await ask('slow one');
  const waiting = say('cocoa');
  bot.discord.people.deleteMessage(ann, waiting.id);
  bot.discord.people.deleteMessage(ann, first.id);
  await expect.poll(answersShown).toEqual([]);
  const typed: string[] = [];
  const stop = bot.discord.observe((event) => {
    if (event.type === 'typing') typed.push(event.channelId);
  });
  expect((await bot.answerTo(say('water').id)).text).toBe('answer to water');
  const typedBefore = typed.length;
  await new Promise((resolve) => setTimeout(resolve, 600));
  stop();
  expect(typed.length - typedBefore, 'typing after the end').toBe(0);
  expect(JSON.stringify(bot.model.requests)).not.toContain('cocoa');
});

test('FAULTS 10: the question is edited: at work the answer begins again, answered it is made anew', async () => {
  const { question, answer } = await ask('slow tea');
  bot.discord.people.edit(ann, question.id, `${bot.mention} coffee`);
  await expect.poll(() => shown(answer.id)?.content, { timeout: 30_000 }).toMatch(/to coffee$/);
  bot.discord.people.edit(ann, question.id, `${bot.mention} water`);
  await expect.poll(() => shown(answer.id)?.content, { timeout: 30_000 }).toMatch(/to water$/);
  expect(answersShown()).toHaveLength(1);
});

test('FAULTS 10: the question is deleted: its answer goes, and its text leaves the memory', async () => {
  const { question } = await ask('the secret is 4711');
  const second = bot.discord.people.say(ann, channelId, `${bot.mention} second`);
  await bot.answerTo(second.id);
  bot.discord.people.deleteMessage(ann, question.id);
  await expect.poll(() => answersShown().length).toBe(1);
  await bot.answerTo(bot.discord.people.say(ann, channelId, `${bot.mention} third`).id);
  const prompt = JSON.stringify(bot.model.requests.at(-1)?.messages);
  expect(prompt).toContain('second');
  expect(prompt).not.toContain('4711');
});

test('FAULTS 10: the question is deleted while it is being answered: nothing stays', async () => {
  const { question } = await ask('slow one');
  bot.discord.people.deleteMessage(ann, question.id);
  await expect.poll(answersShown).toEqual([]);
});

test('FAULTS 10: after a Retry the answer follows its question as before', async () => {
  const { question, answer } = await ask('tea, and the secret is 4712');
  const retry = async (): Promise<void> => {
    const before = shown(answer.id)?.edited_timestamp;
    await bot.discord.people.press(ann, answer.id, `retry:${question.id}`);
    await expect.poll(() => shown(answer.id)?.edited_timestamp).not.toBe(before);
    await expect.poll(() => JSON.stringify(shown(answer.id)?.components)).toContain('retry:');
  };
  await retry();
  bot.discord.people.edit(ann, question.id, `${bot.mention} coffee`);
  await expect.poll(() => shown(answer.id)?.content).toMatch(/to coffee$/);
  await retry();
  bot.discord.people.deleteMessage(ann, question.id);
  await expect.poll(answersShown).toEqual([]);
  await bot.answerTo(bot.discord.people.say(ann, channelId, `${bot.mention} next`).id);
  const prompt = JSON.stringify(bot.model.requests.at(-1)?.messages);
  expect(prompt).not.toMatch(/coffee|4712/);
});

test('a moderator deletes a message of an answer: its words leave the memory, and what was asked before stays', async () => {
  const { people } = bot.discord;
  const { id: moderator } = people.addUser({ name: 'Mod' });
  const role = people.addRole(guildId, { name: 'Mods', permissions: permission.manageMessages });
  people.join(guildId, moderator, { roleIds: [role.id] });
  const { answer } = await ask('first');
  const told = await bot.answerTo(say('my code is 4711').id);
  expect(told.text).toContain('4711');
  people.deleteMessage(moderator, told.id);
  // What is asked in its turn after the deletion.
  await bot.answerTo(say('second').id);
  const prompt = JSON.stringify(bot.model.requests.at(-1)?.messages);
  expect(prompt).toContain('first');
  expect(prompt).not.toContain('4711');
  expect(shown(answer.id)?.content).toBe('answer to first');
});

test('a moderator deletes an answer while it grows: it is not shown again, and its words are not remembered', async () => {
  const { people } = bot.discord;
  const { id: moderator } = people.addUser({ name: 'Mod' });
  const role = people.addRole(guildId, { name: 'Mods', permissions: permission.manageMessages });
  people.join(guildId, moderator, { roleIds: [role.id] });
  const { answer } = await ask('slow secret');
  people.deleteMessage(moderator, answer.id);
  await bot.answerTo(say('second').id, undefined, 30_000);
  expect(JSON.stringify(bot.model.requests.at(-1)?.messages)).not.toContain('secret');
  expect(answersShown().map(({ content }) => content)).toEqual(['answer to second']);
});
