import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIMessage } from 'discord-api-types/v10';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SimulatedInteraction } from '../../sandbox/discord/types.ts';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { startBot, type Bot } from './bot.ts';

const directory = await mkdtemp(join(tmpdir(), 'switchboard-'));
const manageMessages = 1n << 13n;
const ephemeral = 64;

let bot: Bot;
let ann: string;
let bob: string;
let mod: string;
let general: string;
/** A server without the bot: Ann has installed it for herself. */
let foreign: string;
let calls = 0;

function script(request: ScriptedRequest): ScriptedReply {
  calls += 1;
  const text = `answer ${String(calls)}`;
  return lastQuestion(request).includes('slow')
    ? { text: `${text} ${'and more '.repeat(200)}`, tokenMs: 40 }
    : { text };
}

beforeAll(async () => {
  bot = await startBot({
    script,
    storeUrl: `sqlite://${join(directory, 'store.db')}`,
    discord: { rateLimits: 'strict' },
  });
  const { people } = bot.discord;
  ann = people.addUser({ name: 'Ann' }).id;
  bob = people.addUser({ name: 'Bob' }).id;
  mod = people.addUser({ name: 'Mod' }).id;
  general = people.addChannel(people.addGuild({ memberIds: [ann, bob] }).id).id;
  const elsewhere = people.addGuild({ memberIds: [ann, bob], withBot: false }).id;
  const role = people.addRole(elsewhere, { name: 'moderators', permissions: manageMessages });
  people.join(elsewhere, mod, { roleIds: [role.id] });
  foreign = people.addChannel(elsewhere).id;
});
afterAll(async () => {
  expect(bot.discord.stats.byStatus[403]).toBeUndefined();
  expect(bot.discord.stats.byStatus[429]).toBeUndefined();
  await bot[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function ask(channelId: string, question: string, isPrivate = false): Promise<SimulatedInteraction> {
  const values = { question, private: isPrivate };
  return bot.discord.people.command(ann, channelId, 'ask', { values, userInstalled: channelId === foreign });
}

function controlOf({ components }: APIMessage, action: string): string {
  const [id] = JSON.stringify(components).match(new RegExp(`(?<=")${action}:\\d+(?=")`)) ?? [];
  if (id === undefined) throw new Error(`There is no ${action}`);
  return id;
}

/** What stands there of an interaction's answer now. */
const standing = (interaction: SimulatedInteraction): APIMessage[] => [...interaction.messages()];

async function press(
  userId: string,
  interaction: SimulatedInteraction,
  action: string,
): Promise<SimulatedInteraction> {
  const message = standing(interaction).at(-1);
  if (!message) throw new Error('Nothing stands there');
  return bot.discord.people.press(userId, message.id, controlOf(message, action));
}

const isEphemeral = ({ flags }: APIMessage): boolean => ((flags ?? 0) & ephemeral) !== 0;

test('Retry of a private answer, after a restart: another private one below it; Delete takes it away', async () => {
  const first = await ask(general, 'quick', true);
  const { content } = await first.answer();
  await bot.restart();
  const second = await press(ann, first, 'retry');
  const answer = await second.answer();
  expect(isEphemeral(answer)).toBe(true);
  expect(answer.content).not.toBe(content);
  expect(standing(first).map((message) => message.content)).toEqual([content]);
  await press(ann, second, 'delete');
  await expect.poll(() => standing(second)).toEqual([]);
  expect(bot.discord.messages(general)).toEqual([]);
});

test('Stop of a private answer', async () => {
  const interaction = await ask(general, 'slow', true);
  await interaction.answer();
  await press(ann, interaction, 'stop');
  await expect.poll(() => standing(interaction)[0]?.content).toMatch(/\(stopped\)$/);
});

test('where the bot is no member: Stop for the author, not for others, who are told so', async () => {
  const interaction = await ask(foreign, 'slow');
  await interaction.answer();
  const refused = await press(bob, interaction, 'stop');
  const word = await refused.answer();
  expect(word.content).toMatch(/Only the person who asked/);
  expect(isEphemeral(word)).toBe(true);
  await press(ann, interaction, 'stop');
  await expect.poll(() => standing(interaction)[0]?.content).toMatch(/\(stopped\)$/);
});

test('where the bot is no member: Retry, after a restart, is an answer by the button’s token; moderators delete it', async () => {
  const first = await ask(foreign, 'quick');
  const { content } = await first.answer();
  await bot.restart();
  const second = await press(ann, first, 'retry');
  const answer = await second.answer();
  expect(isEphemeral(answer)).toBe(false);
  expect(answer.content).not.toBe(content);
  const third = await press(ann, second, 'retry');
  expect((await third.answer()).content).not.toBe(answer.content);
  await press(mod, third, 'delete');
  await expect.poll(() => standing(third)).toEqual([]);
  expect(bot.discord.message(foreign, answer.id)).toBeDefined();
});

test('an answer between two people is for its person alone, with all its buttons', async () => {
  const { people } = bot.discord;
  const dm = people.openDm(ann, bob);
  const message = people.say(bob, dm.id, 'Guten Morgen');
  const translated = await people.contextMenu(ann, dm.id, 'Translate', message.id);
  expect(isEphemeral(await translated.answer())).toBe(true);
  const again = await press(ann, translated, 'retry');
  expect(isEphemeral(await again.answer())).toBe(true);
  await press(ann, again, 'delete');
  await expect.poll(() => standing(again)).toEqual([]);
  expect(bot.discord.messages(dm.id).map(({ id }) => id)).toEqual([message.id]);
});
