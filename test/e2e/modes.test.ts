import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { startBot, type Bot } from './bot.ts';

const manageMessages = 1n << 13n;

/** Answers that wait until the test lets them go on. */
const held = new Map<string, PromiseWithResolvers<undefined>>();

function letGo(question: string): void {
  held.get(question)?.resolve(undefined);
}

async function script(request: ScriptedRequest): Promise<ScriptedReply> {
  const question = lastQuestion(request);
  if (!question.startsWith('hold')) return { text: `answer to ${question}` };
  const gate = Promise.withResolvers<undefined>();
  held.set(question, gate);
  await gate.promise;
  // One more step, so that what was said meanwhile can join.
  if (question.includes('step')) return { toolCalls: [{ name: 'current_time', arguments: {} }] };
  return { text: `answer to ${question}` };
}

describe('what moderators and people set', () => {
  let bot: Bot;
  let ann: string;
  let mod: string;
  let guildId: string;
  let lastChannel = 0;

  beforeAll(async () => {
    bot = await startBot({
      script,
      environment: { MESSAGE_CONTENT_INTENT: 'true' },
      discord: { messageContentIntent: true, rateLimits: 'strict' },
    });
    const { people } = bot.discord;
    ann = people.addUser({ name: 'ann' }).id;
    mod = people.addUser({ name: 'mod' }).id;
    const guild = people.addGuild({ memberIds: [ann] });
    guildId = guild.id;
    const { id } = people.addRole(guildId, { name: 'Mods', permissions: manageMessages });
    people.join(guildId, mod, { roleIds: [id] });
  });
  afterAll(async () => {
    expect(bot.discord.stats.byStatus[429]).toBeUndefined();
    await bot[Symbol.asyncDispose]();
  });

  const open = (): string => {
    lastChannel += 1;
    return bot.discord.people.addChannel(guildId, { name: `channel-${lastChannel}` }).id;
  };
  const set = async (
    userId: string,
    channelId: string,
    subcommand: string,
    values: Record<string, string>,
  ): Promise<string> => {
    const options = { subcommand, values };
    const interaction = await bot.discord.people.command(userId, channelId, 'settings', options);
    return (await interaction.answer()).content;
  };
  const ofBot = (channelId: string): string[] =>
    bot.discord
      .messages(channelId)
      .filter(({ author }) => author.id === bot.discord.botUserId)
      .map(({ content }) => content);
  const reactionsTo = (messageId: string): string[] =>
    bot.discord.reactions(messageId).map(({ emoji }) => emoji);
  const isHeld = (question: string): Promise<void> =>
    vi.waitFor(() => {
      expect([...held.keys()]).toContain(question);
    });

  test('never: silent, also for mentions; commands still work; only moderators may', async () => {
    const channelId = open();
    expect(await set(ann, channelId, 'mode', { answer: 'never' })).toMatch(/Only moderators/);
    expect(await set(mod, channelId, 'mode', { answer: 'never' })).toMatch(/no message/);
    bot.discord.people.say(ann, channelId, `${bot.mention} hello?`);
    const elsewhere = bot.discord.people.say(ann, open(), `${bot.mention} and here?`);
    await bot.answerTo(elsewhere.id);
    expect(ofBot(channelId)).toEqual([]);
    const asked = await bot.discord.people.command(ann, channelId, 'ask', { values: { question: 'tea?' } });
    expect((await asked.answer()).content).toBe('answer to tea?');
  });

  test('always: every message, also in threads of the channel', async () => {
    const channelId = open();
    await set(mod, channelId, 'mode', { answer: 'always' });
    const { people } = bot.discord;
    const plain = people.say(ann, channelId, 'nobody in particular');
    expect((await bot.answerTo(plain.id)).text).toBe('answer to nobody in particular');
    const thread = people.startThread(ann, channelId, { name: 'aside' });
    expect((await bot.answerTo(people.say(ann, thread.id, 'here too').id)).text).toBe('answer to here too');
  });

  test('threads: a mention is answered in a thread of its own', async () => {
    const channelId = open();
    await set(mod, channelId, 'mode', { answer: 'threads' });
    const { people } = bot.discord;
    const question = people.say(ann, channelId, `${bot.mention} what is tea?`);
    await vi.waitFor(() => {
      expect(ofBot(question.id)).toEqual(expect.arrayContaining(['answer to what is tea?']));
    });
    expect(ofBot(channelId)).toEqual([]);
    const next = people.say(ann, question.id, 'and coffee?');
    expect((await bot.answerTo(next.id)).text).toBe('answer to and coffee?');
  });

  test('queue: a question behind another of its conversation is marked until its turn', async () => {
    const channelId = open();
    const { people } = bot.discord;
    const first = people.say(ann, channelId, `${bot.mention} hold one`);
    await isHeld('hold one');
    const second = people.say(ann, channelId, `${bot.mention} hold two`);
    await vi.waitFor(
      () => {
        expect(reactionsTo(second.id)).toEqual(['🕒']);
      },
      { timeout: 30_000 },
    );
    expect(reactionsTo(first.id)).toEqual([]);
    letGo('hold one');
    await isHeld('hold two');
    await vi.waitFor(() => {
      expect(reactionsTo(second.id)).toEqual([]);
    });
    letGo('hold two');
    expect((await bot.answerTo(second.id)).text).toBe('answer to hold two');
  });

  test('steer: in a direct message, what is said meanwhile joins the answer', async () => {
    const { people } = bot.discord;
    const dm = people.openDm(ann).id;
    expect(await set(ann, dm, 'while-running', { behavior: 'steer' })).toMatch(/joins the answer/);
    const first = people.say(ann, dm, 'hold for a step');
    await isHeld('hold for a step');
    const second = people.say(ann, dm, 'make it short');
    await vi.waitFor(() => {
      expect(reactionsTo(second.id)).toEqual(['↪️']);
    });
    letGo('hold for a step');
    expect((await bot.answerTo(first.id)).text).toBe('answer to make it short');
    expect(ofBot(dm)).toHaveLength(1);
  });

  test('steer: in a thread that people share, only what its own author says joins', async () => {
    const channelId = open();
    await set(mod, channelId, 'while-running', { behavior: 'steer' });
    const { people } = bot.discord;
    const thread = people.startThread(ann, channelId, { name: 'tea' }).id;
    const first = people.say(ann, thread, `${bot.mention} hold for a step of ann`);
    await isHeld('hold for a step of ann');
    const other = people.say(mod, thread, `${bot.mention} and mine?`);
    const own = people.say(ann, thread, `${bot.mention} make it long`);
    await vi.waitFor(() => {
      expect(reactionsTo(own.id)).toEqual(['↪️']);
    });
    letGo('hold for a step of ann');
    expect((await bot.answerTo(first.id)).text).toBe('answer to make it long');
    expect((await bot.answerTo(other.id)).text).toBe('answer to and mine?');
  });

  test('interrupt: the newer question takes the place of the older', async () => {
    const channelId = open();
    await set(mod, channelId, 'while-running', { behavior: 'interrupt' });
    const { people } = bot.discord;
    people.say(ann, channelId, `${bot.mention} hold forever`);
    await isHeld('hold forever');
    const second = people.say(ann, channelId, `${bot.mention} never mind`);
    expect((await bot.answerTo(second.id)).text).toBe('answer to never mind');
    expect(ofBot(channelId)).toEqual(['answer to never mind']);
    await vi.waitFor(() => {
      expect(reactionsTo(second.id)).toEqual(['⏩']);
    });
    expect(await set(ann, channelId, 'show', {})).toMatch(/interrupt/);
  });
});
