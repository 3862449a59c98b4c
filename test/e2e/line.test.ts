import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { sleep } from '../../src/lib/abort.ts';
import type { KeyValueStore, Storage } from '../../src/storage/ports.ts';
import { builtInTools } from '../../src/tools/index.ts';
import { defineTool } from '../../src/tools/tool.ts';
import { startBot, type Bot } from './bot.ts';

const slowWriteMs = 500;

/** A store whose every write takes its time. */
function withSlowWrites(storage: Storage): Storage {
  const slow = (store: KeyValueStore): KeyValueStore => ({
    ...store,
    get: (key, signal) => store.get(key, signal),
    delete: (key, signal) => store.delete(key, signal),
    async set(key, value, options) {
      await sleep(slowWriteMs);
      await store.set(key, value, options);
    },
  });
  return {
    runs: storage.runs,
    namespace: (name) => slow(storage.namespace(name)),
    ping: (signal) => storage.ping(signal),
    close: () => storage.close(),
  };
}

const testTools = [
  defineTool({
    name: 'never_returns',
    description: 'Hangs.',
    parameters: z.object({}),
    repeatable: true,
    execute: () => new Promise<string>(() => undefined),
  }),
  defineTool({
    name: 'throws',
    description: 'Fails.',
    parameters: z.object({}),
    repeatable: true,
    execute: () => Promise.reject(new Error('the tool is broken')),
  }),
];

function questionOf(request: ScriptedRequest): string {
  const question = request.messages.findLast(({ role }) => role === 'user')?.content;
  return typeof question === 'string' ? question : '';
}

function script(request: ScriptedRequest): ScriptedReply {
  const question = questionOf(request);
  const results = request.messages
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => String(content));
  if (results.length > 0) return { text: `done: ${results.join(' | ')}` };
  if (question.includes('four tools')) {
    return {
      toolCalls: [
        { name: 'never_returns', arguments: {} },
        { name: 'throws', arguments: {} },
        { name: 'calculate', arguments: '{"expression": 2 +' },
        { name: 'calculate', arguments: { expression: '6*7' } },
      ],
    };
  }
  if (question.includes('everyone')) return { text: `@everyone look at <@${question.slice(-1)}>` };
  return { text: `echo: ${question}`, firstTokenMs: 30 };
}

let bot: Bot;
let guildId: string;
let ann: string;
let bob: string;

beforeAll(async () => {
  bot = await startBot({
    script,
    overrides: { storage: withSlowWrites, tools: [...builtInTools, ...testTools] },
    environment: { TOOL_TIMEOUT_MS: '150', MAX_PENDING_RUNS_PER_USER: '30', MAX_CONCURRENT_RUNS: '4' },
  });
  const { people } = bot.discord;
  ann = people.addUser({ name: 'Ann' }).id;
  bob = people.addUser({ name: 'Bob' }).id;
  guildId = people.addGuild({ memberIds: [ann, bob] }).id;
});
afterAll(() => bot[Symbol.asyncDispose]());

const newChannel = (): string => bot.discord.people.addChannel(guildId).id;

describe('what is answered', () => {
  test('a mention, by a reply that pings nobody', async () => {
    const question = bot.discord.people.say(ann, newChannel(), `${bot.mention} hello`);
    const { text, id } = await bot.answerTo(question.id);
    expect(text).toContain('echo: hello');
    const shown = bot.discord.message(question.channel_id, id);
    expect([shown?.mentions, shown?.mention_everyone]).toEqual([[], false]);
  });

  test('a direct message and a reply to the bot, which brings the quoted text', async () => {
    const { people } = bot.discord;
    const dm = people.openDm(ann).id;
    const first = await bot.answerTo(people.say(ann, dm, 'hi').id);
    const reply = people.say(ann, dm, 'and now?', { replyTo: first.id });
    expect((await bot.answerTo(reply.id)).text).toContain('and now?');
    expect(questionOf(bot.model.requests.at(-1) ?? { model: '', messages: [] })).toContain('quoted_message');
  });

  test('FAULTS 18: not what nobody asked, and not bots', async () => {
    const { people } = bot.discord;
    const channelId = newChannel();
    const robot = people.addUser({ bot: true }).id;
    people.join(guildId, robot);
    people.say(ann, channelId, 'just talking');
    people.say(robot, channelId, `${bot.mention} hello`);
    await bot.answerTo(people.say(ann, channelId, `${bot.mention} last`).id);
    const answers = bot.discord
      .messages(channelId)
      .filter(({ author }) => author.id === bot.discord.botUserId);
    expect(answers).toHaveLength(1);
  });

  test('FAULTS 36: what the model writes notifies nobody', async () => {
    const { people } = bot.discord;
    const question = people.say(ann, newChannel(), `${bot.mention} call everyone`);
    const { id } = await bot.answerTo(question.id);
    expect(bot.discord.message(question.channel_id, id)).toMatchObject({
      mention_everyone: false,
      mentions: [],
    });
  });
});

test('FAULTS 13: of a tool that hangs, one that throws, broken arguments and a good one the good result is used', async () => {
  const question = bot.discord.people.say(ann, newChannel(), `${bot.mention} four tools`);
  const { text } = await bot.answerTo(question.id, (shown) => shown.includes('done'));
  const [hung, thrown, malformed, good] = text.replace('done: ', '').split(' | ');
  expect(hung).toMatch(/never_returns took longer than 150 ms/);
  expect(thrown).toMatch(/the tool is broken/);
  expect(malformed).toMatch(/not valid JSON/);
  expect(good).toContain('42');
});

test('a store that takes long to write changes no reply’s time, and the next prompt knows the last turn', async () => {
  const channelId = newChannel();
  const startedAt = Date.now();
  for (const n of [1, 2, 3]) {
    const question = bot.discord.people.say(bob, channelId, `${bot.mention} number ${String(n)}`);
    await bot.answerTo(question.id);
  }
  expect(Date.now() - startedAt).toBeLessThan(3 * slowWriteMs);
  const prompt = bot.model.requests.at(-1)?.messages.map(({ content }) => String(content));
  expect(prompt).toEqual(expect.arrayContaining(['number 1', 'echo: number 1', 'echo: number 2']));
});

test('FAULTS 6: one person with 20 questions, and another’s first answer goes before them', async () => {
  const { people } = bot.discord;
  const busy = newChannel();
  const dones: string[] = [];
  const stop = bot.discord.observe((event) => {
    if (event.type === 'message-create') dones.push(event.message.message_reference?.message_id ?? '');
  });
  const questions = Array.from({ length: 20 }, (_, n) =>
    people.say(ann, busy, `${bot.mention} busy ${String(n)}`),
  );
  const other = people.say(bob, newChannel(), `${bot.mention} quick one`);
  await bot.answerTo(other.id);
  const before = questions.filter(({ id }) => dones.includes(id)).length;
  expect(before).toBeLessThanOrEqual(2);
  await bot.answerTo(questions.at(-1)?.id ?? '');
  stop();
  const order = dones.filter((id) => questions.some((question) => question.id === id));
  expect(order).toEqual(questions.map(({ id }) => id));
});
