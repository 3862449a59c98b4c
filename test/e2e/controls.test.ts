import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { startBot, type Bot } from './bot.ts';

const directory = await mkdtemp(join(tmpdir(), 'switchboard-'));
const manageMessages = 1n << 13n;

let bot: Bot;
let guildId: string;
let channelId: string;
let ann: string;
let bob: string;
let mod: string;
let calls = 0;

function questionOf(request: ScriptedRequest): string {
  return String(request.messages.findLast(({ role }) => role === 'user')?.content);
}

/** Long answers grow for seconds, so that there is time to press something. */
function script(request: ScriptedRequest): ScriptedReply {
  calls += 1;
  const question = questionOf(request);
  const text = `answer ${String(calls)} to ${question}`;
  return question.includes('slow') ? { text: `${text} ${'and more '.repeat(200)}`, tokenMs: 40 } : { text };
}

beforeAll(async () => {
  bot = await startBot({ script, storeUrl: `sqlite://${join(directory, 'store.db')}` });
  const { people } = bot.discord;
  ann = people.addUser({ name: 'Ann' }).id;
  bob = people.addUser({ name: 'Bob' }).id;
  mod = people.addUser({ name: 'Mod' }).id;
  guildId = people.addGuild({ memberIds: [ann, bob] }).id;
  const role = people.addRole(guildId, { name: 'moderators', permissions: manageMessages });
  people.join(guildId, mod, { roleIds: [role.id] });
});
afterAll(async () => {
  await bot[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function ask(text: string, isWhole?: (shown: string) => boolean) {
  channelId = bot.discord.people.addChannel(guildId).id;
  const question = bot.discord.people.say(ann, channelId, `${bot.mention} ${text}`);
  const answer = await bot.answerTo(question.id, isWhole);
  return { question, answer };
}

const shown = (id: string) => bot.discord.message(channelId, id);
const buttonsOf = (id: string): string[] =>
  (shown(id)?.components ?? []).flatMap((row) =>
    'components' in row
      ? row.components.flatMap((part) => ('custom_id' in part ? [part.custom_id.split(':')[0] ?? ''] : []))
      : [],
  );
const press = (userId: string, messageId: string, action: string, runId: string) =>
  bot.discord.people.press(userId, messageId, `${action}:${runId}`);
const answersShown = () =>
  bot.discord.messages(channelId).filter(({ author }) => author.id === bot.discord.botUserId);

test('Stop: not for others, who are told so; for the author it ends the answer', async () => {
  const { question, answer } = await ask('slow one');
  expect(buttonsOf(answer.id)).toEqual(['stop']);
  const refused = await press(bob, answer.id, 'stop', question.id);
  expect((await refused.answer()).content).toMatch(/Only the person who asked/);
  await press(ann, answer.id, 'stop', question.id);
  await expect.poll(() => shown(answer.id)?.content).toMatch(/\(stopped\)$/);
  expect(buttonsOf(answer.id)).toEqual(['retry', 'delete']);
});

test('Stop by a moderator says so', async () => {
  const { question, answer } = await ask('slow one');
  await press(mod, answer.id, 'stop', question.id);
  await expect.poll(() => shown(answer.id)?.content).toMatch(/\(stopped by a moderator\)$/);
});

test('Retry edits the same message, also after a restart; Delete takes it away', async () => {
  const { question, answer } = await ask('a quick one');
  await expect.poll(() => buttonsOf(answer.id)).toEqual(['retry', 'delete']);
  const first = shown(answer.id)?.content;
  await bot.restart();
  await press(ann, answer.id, 'retry', question.id);
  await expect.poll(() => shown(answer.id)?.content).not.toBe(first);
  expect(answersShown()).toHaveLength(1);
  const [, runId = ''] = JSON.stringify(shown(answer.id)?.components).match(/"delete:(\d+)"/) ?? [];
  await press(ann, answer.id, 'delete', runId);
  await expect.poll(answersShown).toEqual([]);
});

test('in direct messages they work alike', async () => {
  const { people } = bot.discord;
  channelId = people.openDm(ann).id;
  const question = people.say(ann, channelId, 'slow one');
  const answer = await bot.answerTo(question.id);
  await press(ann, answer.id, 'stop', question.id);
  await expect.poll(() => shown(answer.id)?.content).toMatch(/\(stopped\)$/);
  await press(ann, answer.id, 'delete', question.id);
  await expect.poll(answersShown).toEqual([]);
});

test('Delete by a moderator; others neither begin an answer anew nor take it away', async () => {
  const { question, answer } = await ask('a quick one');
  // Its first words may be there before its end is.
  await expect.poll(() => buttonsOf(answer.id)).toEqual(['retry', 'delete']);
  for (const action of ['retry', 'delete']) {
    const refused = await press(bob, answer.id, action, question.id);
    expect((await refused.answer()).content).toMatch(/Only the person who asked/);
  }
  expect(answersShown().map(({ content }) => content)).toEqual([answer.text]);
  await press(mod, answer.id, 'delete', question.id);
  await expect.poll(answersShown).toEqual([]);
});
