import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import { startBot, type Bot } from './bot.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchboard-catch-up-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A bot with a store that outlives it, a person and a channel. */
async function start() {
  const bot = await startBot({
    script: (request) => ({ text: `answer to ${lastQuestion(request)}` }),
    storeUrl: `sqlite://${join(directory, 'store.db')}`,
  });
  const { people } = bot.discord;
  const ann = people.addUser({ name: 'ann' }).id;
  const channelId = people.addChannel(people.addGuild({ ownerId: ann, memberIds: [ann] }).id).id;
  const ask = (text: string, where = channelId): string =>
    people.say(ann, where, `${bot.mention} ${text}`).id;
  return { bot, ann, channelId, ask, [Symbol.asyncDispose]: () => bot[Symbol.asyncDispose]() };
}

const answersTo = (bot: Bot, channelId: string, messageId: string): string[] =>
  bot.discord
    .messages(channelId)
    .filter(({ message_reference: reference }) => reference?.message_id === messageId)
    .map(({ content }) => content);

test('FAULTS 1: what was asked while the process was down is answered after the start, once, in its order', async () => {
  await using scene = await start();
  const { bot, ann, channelId, ask } = scene;
  const dm = bot.discord.people.openDm(ann).id;
  await bot.answerTo(ask('first'));
  await bot.answerTo(bot.discord.people.say(ann, dm, 'first in private').id);
  await bot.app.stop();
  const missed = [ask('second'), ask('third')];
  const missedInPrivate = bot.discord.people.say(ann, dm, 'second in private').id;
  const answered: string[] = [];
  bot.discord.observe((event) => {
    if (event.type !== 'message-create') return;
    const asked = event.message.message_reference?.message_id;
    if (asked !== undefined && event.message.channel_id === channelId) answered.push(asked);
  });
  await bot.restart();
  await vi.waitFor(
    () => {
      expect(answersTo(bot, dm, missedInPrivate)).toEqual(['answer to second in private']);
      expect(answered).toEqual(missed);
    },
    { timeout: 30_000 },
  );
  await bot.restart();
  await bot.answerTo(ask('fourth'));
  for (const id of missed) expect(answersTo(bot, channelId, id)).toHaveLength(1);
});

test('FAULTS 1: where a question opened a thread, its channel is caught up as well as the thread', async () => {
  await using scene = await start();
  const { bot, ask } = scene;
  const threadId = ask('in a thread: first');
  const answers = () => bot.discord.messages(threadId).map(({ content }) => content);
  await vi.waitFor(() => {
    expect(answers()).toContain('answer to first');
  }, 5_000);
  await bot.app.stop();
  const inChannel = ask('second');
  ask('third', threadId);
  await bot.restart();
  await bot.answerTo(inChannel);
  await vi.waitFor(() => {
    expect(answers()).toContain('answer to third');
  }, 5_000);
});

test('FAULTS 2: two processes on one token and one store answer each question once', async () => {
  await using scene = await start();
  const { bot, channelId, ask } = scene;
  const other = bot.open();
  await other.start();
  try {
    const asked = Array.from({ length: 5 }, (_, n) => ask(`question ${n}`));
    await vi.waitFor(() => {
      for (const id of asked) expect(answersTo(bot, channelId, id)).toHaveLength(1);
    }, 5_000);
  } finally {
    await other.stop();
  }
  expect(bot.discord.messages(channelId)).toHaveLength(10);
  expect(bot.model.requests).toHaveLength(5);
});

describe('FAULTS 1: what was decided not to be answered is not answered after the next start either', () => {
  test('what was said while the bot was to answer nothing', async () => {
    await using scene = await start();
    const { bot, ann, channelId, ask } = scene;
    const setMode = async (answer: string): Promise<void> => {
      const set = { subcommand: 'mode', values: { answer } };
      await (await bot.discord.people.command(ann, channelId, 'settings', set)).answer();
    };
    await bot.answerTo(ask('first'));
    await setMode('never');
    const ignored = [ask('ignored'), ask('ignored too')];
    await setMode('mention');
    await bot.restart();
    await bot.answerTo(ask('last'));
    for (const id of ignored) expect(answersTo(bot, channelId, id)).toEqual([]);
    expect(bot.model.requests).toHaveLength(2);
  });
});

test('FAULTS 1, 27: a question whose thread is still being opened is not lost, whatever is answered meanwhile', async () => {
  await using scene = await start();
  const { bot, ask } = scene;
  await bot.answerTo(ask('first'));
  bot.discord.faults.rest({ method: 'POST', path: /\/threads$/, kind: 'hang' });
  const threadId = ask('in a thread: second');
  await bot.answerTo(ask('third'));
  await bot.app.stop();
  bot.discord.faults.clear();
  await bot.restart();
  await vi.waitFor(() => {
    const inThread = bot.discord.messages(threadId).map(({ content }) => content);
    expect(inThread).toContain('answer to second');
  }, 8_000);
  expect(bot.model.requests.filter((request) => lastQuestion(request) === 'third')).toHaveLength(1);
});

test('FAULTS 13: what became of answered questions while the bot was away is followed: edited, deleted, or left', async () => {
  await using scene = await start();
  const { bot, ann, channelId, ask } = scene;
  const { people } = bot.discord;
  const [kept, edited, deleted] = [ask('one'), ask('two'), ask('three')];
  for (const id of [kept, edited, deleted]) await bot.answerTo(id);
  await bot.app.stop();
  people.edit(ann, edited, `${bot.mention} two and a half`);
  people.deleteMessage(ann, deleted);
  await bot.restart();
  await vi.waitFor(
    () => {
      expect(answersTo(bot, channelId, edited)).toEqual(['answer to two and a half']);
      expect(answersTo(bot, channelId, deleted)).toEqual([]);
    },
    { timeout: 30_000 },
  );
  await bot.answerTo(ask('four'));
  const told = JSON.stringify(bot.model.requests.at(-1)?.messages);
  expect(told).toContain('two and a half');
  expect(told).not.toContain('three');
  expect(answersTo(bot, channelId, kept)).toEqual(['answer to one']);
  // One for each question, and one more for that which was edited.
  expect(bot.model.requests).toHaveLength(5);
});
