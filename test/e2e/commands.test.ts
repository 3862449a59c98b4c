import type { APIMessage } from 'discord-api-types/v10';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SimulatedInteraction } from '../../sandbox/discord/types.ts';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { startBot, type Bot } from './bot.ts';

const ephemeral = 64;

let bot: Bot;
let ann: string;
let bob: string;
let guildId: string;
let general: string;
/** A server without the bot: Ann has installed it for herself. */
let foreign: string;
let reply: ScriptedReply;
let asked: ScriptedRequest[];

beforeAll(async () => {
  bot = await startBot({
    script(request) {
      asked.push(request);
      return reply;
    },
    environment: { OPENAI_MODELS: 'large,huge' },
    discord: { messageContentIntent: true, rateLimits: 'strict' },
  });
  const { people } = bot.discord;
  ann = people.addUser({ name: 'Ann' }).id;
  bob = people.addUser({ name: 'Bob' }).id;
  guildId = people.addGuild({ memberIds: [ann, bob] }).id;
  const elsewhere = people.addGuild({ memberIds: [ann, bob], withBot: false }).id;
  foreign = people.addChannel(elsewhere, { name: 'elsewhere' }).id;
});

afterAll(async () => {
  expect(bot.discord.stats.byStatus[429]).toBeUndefined();
  await bot[Symbol.asyncDispose]();
});

beforeEach(() => {
  asked = [];
  reply = { text: 'A scripted answer.' };
  general = bot.discord.people.addChannel(guildId).id;
});

/** What the model was asked last. */
function questionText(): string {
  return JSON.stringify(asked.at(-1)?.messages.at(-1)?.content ?? '');
}

function isPrivate(message: APIMessage): boolean {
  return ((message.flags ?? 0) & ephemeral) !== 0;
}

async function onMessage(name: string, channelId: string, messageId: string) {
  return bot.discord.people.contextMenu(ann, channelId, name, messageId);
}

async function fillIn(form: SimulatedInteraction, question: string): Promise<APIMessage> {
  expect(form.state()).toBe('modal');
  const submitted = await bot.discord.people.submitModal(ann, form.id, { question });
  return submitted.answer();
}

describe('commands on messages', () => {
  test('Ask about this: a form, then an answer to one person about the message and its files', async () => {
    const content = Buffer.from('green, black, white');
    const message = bot.discord.people.say(bob, general, 'Our teas', {
      attachments: [{ name: 'teas.txt', content, contentType: 'text/plain' }],
    });
    const answer = await fillIn(await onMessage('Ask about this', general, message.id), 'Which are there?');
    expect(answer.content).toBe('A scripted answer.');
    expect(isPrivate(answer)).toBe(true);
    expect(questionText()).toContain('Which are there?');
    expect(questionText()).toMatch(/quoted_message-\w+ author=\\"Bob\\"[^]*Our teas[^]*green, black, white/);
    expect(bot.discord.messages(general).map(({ id }) => id)).toEqual([message.id]);
  });

  test('Summarize from here: what was said from there on, with its authors', async () => {
    const { people } = bot.discord;
    people.say(bob, general, 'An older word');
    const target = people.say(bob, general, 'Tea at four?');
    people.say(ann, general, 'Five is better.');
    const interaction = await onMessage('Summarize from here', general, target.id);
    const answer = await interaction.answer();
    expect(answer.content).toBe('A scripted answer.');
    expect(isPrivate(answer)).toBe(true);
    expect(questionText()).toMatch(/Bob[^]*Tea at four\?[^]*Ann[^]*Five is better\./);
    expect(questionText()).not.toContain('An older word');
  });

  test('FAULTS 38: Summarize says so where the history may not be read', async () => {
    const { people } = bot.discord;
    const target = people.say(bob, general, 'A secret');
    people.setBotPermissions(general, { deny: 1n << 16n });
    const interaction = await onMessage('Summarize from here', general, target.id);
    expect((await interaction.answer()).content).toMatch(/may not read the messages here/);
    expect(asked).toEqual([]);
  });

  test('Translate: into the language of the client', async () => {
    const message = bot.discord.people.say(bob, general, 'Guten Morgen');
    const answer = await (await onMessage('Translate', general, message.id)).answer();
    expect(isPrivate(answer)).toBe(true);
    expect(questionText()).toMatch(/Guten Morgen[^]*into American English/);
  });

  test('FAULTS 45: Remember this: kept as what its author wrote, and listed by /memory', async () => {
    const { people } = bot.discord;
    const message = people.say(bob, general, 'The kettle is in the left cupboard.');
    const remembered = await (await onMessage('Remember this', general, message.id)).answer();
    expect(remembered.content).toMatch(/^I remember this: Bob wrote: “The kettle/);
    expect(isPrivate(remembered)).toBe(true);
    const listed = await people.command(ann, general, 'memory', { subcommand: 'show' });
    expect((await listed.answer()).content).toContain('Bob wrote: “The kettle is in the left cupboard.”');
    await (await people.command(ann, general, 'ask', { values: { question: 'Where is it?' } })).answer();
    expect(JSON.stringify(asked.at(-1)?.messages)).toContain('The kettle is in the left cupboard.');
  });

  test('a form from before a restart: a clear sentence with what was written', async () => {
    const message = bot.discord.people.say(bob, general, 'Our teas');
    const form = await onMessage('Ask about this', general, message.id);
    await bot.restart();
    const answer = await fillIn(form, 'Which are there?');
    expect(answer.content).toMatch(/open it again[^]*Which are there\?/);
    expect(asked).toEqual([]);
  });
});

describe('where the bot is no member', () => {
  test('a message is translated all the same', async () => {
    const message = bot.discord.people.say(bob, foreign, 'Guten Abend');
    const answer = await (await onMessage('Translate', foreign, message.id)).answer();
    expect(answer.content).toBe('A scripted answer.');
    expect(questionText()).toContain('Guten Abend');
  });

  test('Summarize from here says what it cannot, and asks Discord for nothing', async () => {
    const message = bot.discord.people.say(bob, foreign, 'Much was said');
    bot.discord.stats.reset();
    const answer = await (await onMessage('Summarize from here', foreign, message.id)).answer();
    expect(answer.content).toMatch(/no member of this server/);
    expect(bot.discord.stats.byStatus[403]).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('a long answer is a file within the follow-ups that Discord takes', async () => {
    reply = { text: 'A long sentence about tea. '.repeat(600), chunkCharacters: 2_000 };
    const values = { question: 'Tell me all about tea' };
    const interaction = await bot.discord.people.command(ann, foreign, 'ask', {
      values,
      userInstalled: true,
    });
    await expect
      .poll(() => interaction.messages().flatMap(({ attachments }) => attachments), { timeout: 30_000 })
      .toMatchObject([{ filename: 'answer.md' }]);
    expect(interaction.messages().length).toBeLessThanOrEqual(6);
    expect(bot.discord.stats.byStatus[400]).toBeUndefined();
  });
});

describe('/ask', () => {
  test('without a question: a form with room for a long one', async () => {
    const form = await bot.discord.people.command(ann, general, 'ask');
    const answer = await fillIn(form, `What is ${'very '.repeat(700)}good tea?`);
    expect(isPrivate(answer)).toBe(false);
    expect(questionText().length).toBeGreaterThan(3_500);
  });

  test('with a file', async () => {
    const attachments = { attachment: { name: 'teas.txt', content: Buffer.from('oolong and mate') } };
    const values = { question: 'Which are there?', private: true };
    const interaction = await bot.discord.people.command(ann, general, 'ask', { values, attachments });
    expect(isPrivate(await interaction.answer())).toBe(true);
    expect(questionText()).toContain('oolong and mate');
  });

  test('with a model of those that the operator offers, and no other', async () => {
    const { people } = bot.discord;
    const offered = await people.autocomplete(ann, general, 'ask', { focused: 'model' });
    expect(offered.map(({ value }) => value)).toEqual(['scripted', 'large', 'huge']);
    const ask = async (model: string): Promise<APIMessage> => {
      const values = { question: 'Tea?', model };
      return (await people.command(ann, general, 'ask', { values })).answer();
    };
    await ask('large');
    expect(asked.map(({ model }) => model)).toEqual(['large']);
    expect((await ask('gpt-99')).content).toContain('`scripted`, `large`, `huge`');
    expect(asked).toHaveLength(1);
  });
});
