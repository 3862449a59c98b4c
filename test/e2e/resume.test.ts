import { DatabaseSync } from 'node:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toBotEnvironment } from '../../sandbox/bot-environment.ts';
import { startDiscord } from '../../sandbox/discord/server.ts';
import type { SimulatedDiscord, SimulatorEvent } from '../../sandbox/discord/types.ts';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import { startModelServer } from '../../sandbox/model/server.ts';
import type { ModelScript, ScriptedRequest } from '../../sandbox/model/types.ts';
import { createBotProcess, type BotProcess } from '../../sandbox/nemesis/bot-process.ts';

/** What the model does for each asker, by the first word of the question. */
const scripts = new Map<string, ModelScript>();
const requests = new Map<string, ScriptedRequest[]>();

let stack: AsyncDisposableStack;
let discord: SimulatedDiscord;
let bot: BotProcess;
let storePath = '';
let guildId = '';

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-resume-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  discord = await startDiscord({ rateLimits: 'off' });
  stack.defer(() => discord.stop());
  const model = await startModelServer({
    script(request) {
      const [name = ''] = lastQuestion(request).split(' ');
      requests.set(name, [...(requests.get(name) ?? []), request]);
      return scripts.get(name)?.(request) ?? { text: `Answer to: ${lastQuestion(request)}` };
    },
  });
  stack.defer(() => model.stop());
  storePath = join(directory, 'store.db');
  const simulated = {
    token: discord.token,
    apiUrl: discord.apiUrl,
    storeUrl: `sqlite://${storePath}`,
    scriptedModelUrl: model.baseUrl,
    overrides: { LOG_LEVEL: 'info', MAX_STARTS: '100' },
  };
  bot = createBotProcess({ directory, environment: toBotEnvironment({}, simulated) });
  stack.defer(() => bot.kill());
  guildId = discord.people.addGuild().id;
  await bot.start();
}, 30_000);

afterAll(() => stack.disposeAsync());

/** Somebody in a channel of their own; questions begin with their name. */
function enter(name: string, script?: ModelScript) {
  const { people, botUserId } = discord;
  const { id: userId } = people.addUser({ name });
  people.join(guildId, userId);
  const { id: channelId } = people.addChannel(guildId, { name });
  if (script) scripts.set(name, script);
  const answers = (): string[] =>
    discord
      .messages(channelId)
      .filter(({ author }) => author.id === botUserId)
      .map(({ content }) => content);
  return {
    answers,
    ask: (text: string) => people.say(userId, channelId, `<@${botUserId}> ${name} ${text}`),
    /** Kills the process in the very moment in which such a message of it is there. */
    async killWhenShown(isIt: (content: string) => boolean): Promise<void> {
      const end = discord.observe((event) => {
        if (isBotMessage(event, botUserId) && isIt(event.message.content)) bot.signal('SIGKILL');
      });
      await expect.poll(() => bot.isRunning, { timeout: 8_000, interval: 5 }).toBe(false);
      end();
      await bot.exited();
    },
    /** Resolves when there are so many messages of the bot, and nothing is left to do. */
    async settled(count: number): Promise<void> {
      await expect
        .poll(() => answers().length, { timeout: 8_000, interval: 20 })
        .toBeGreaterThanOrEqual(count);
      await expect.poll(countOpenRuns, { timeout: 8_000, interval: 20 }).toBe(0);
    },
  };
}

function countOpenRuns(): unknown {
  using database = openStore();
  return database.prepare('SELECT count(*) AS count FROM runs').get()?.['count'];
}

function openStore(): DatabaseSync {
  return new DatabaseSync(storePath, { timeout: 1_000 });
}

type Shown = Extract<SimulatorEvent, { type: 'message-create' | 'message-update' }>;

function isBotMessage(event: SimulatorEvent, botUserId: string): event is Shown {
  const isMessage = event.type === 'message-create' || event.type === 'message-update';
  return isMessage && event.message.author.id === botUserId;
}

/** What the model is told of the tools that it called, in order. */
function toolResults({ messages }: ScriptedRequest): string[] {
  return messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content));
}

const COUNTING = 'one two three four five six seven eight nine ten '.repeat(40).trim();

test('FAULTS 1, 27: killed before the claim, a question is found and answered after the start', async () => {
  const ann = enter('ann');
  // From here on the channel has a cursor.
  ann.ask('one');
  await ann.settled(1);
  using database = openStore();
  database.exec('BEGIN IMMEDIATE');
  ann.ask('two');
  await new Promise((resolve) => setTimeout(resolve, 200));
  await bot.kill();
  database.exec('ROLLBACK');
  expect(ann.answers()).toEqual(['Answer to: ann one']);
  await bot.start();
  await ann.settled(2);
  expect(ann.answers()).toEqual(['Answer to: ann one', 'Answer to: ann two']);
});

test('FAULTS 27: killed while the model streams, the same message is completed', async () => {
  const ben = enter('ben', () => ({ text: COUNTING, tokenMs: 6, chunkCharacters: 8 }));
  ben.ask('count');
  await ben.killWhenShown((content) => content.length > 200);
  expect(ben.answers().join().length).toBeLessThan(COUNTING.length);
  await bot.start();
  await ben.settled(1);
  expect(ben.answers()).toEqual([COUNTING]);
});

test('FAULTS 20, 27: killed as its first message arrives, it does not post another', async () => {
  const cem = enter('cem', () => ({ text: COUNTING, tokenMs: 6, chunkCharacters: 8 }));
  cem.ask('count');
  await cem.killWhenShown((content) => content !== '');
  await bot.start();
  await cem.settled(1);
  expect(cem.answers()).toEqual([COUNTING]);
});

test('FAULTS 27: killed after a step with tools, their results stand and they are not called again', async () => {
  const toolCalls = ['a', 'b'].map((id) => ({ name: 'roll_dice', arguments: { dice: '9d1000' }, id }));
  const isAtSecondStep = Promise.withResolvers<undefined>();
  let isSecondStepOpen = false;
  const dan = enter('dan', (request) => {
    const results = toolResults(request);
    if (results.length === 0) return { text: 'I roll.', toolCalls };
    isAtSecondStep.resolve(undefined);
    return isSecondStepOpen ? { text: results.join('\n') } : { firstTokenMs: Infinity };
  });
  dan.ask('roll');
  await isAtSecondStep.promise;
  await bot.kill();
  isSecondStepOpen = true;
  await bot.start();
  await dan.settled(1);
  const [none, before, after, ...more] = requests.get('dan')?.map(toolResults) ?? [];
  expect({ none, more }).toEqual({ none: [], more: [] });
  expect(before).toHaveLength(2);
  expect(after).toEqual(before);
  expect(dan.answers()).toEqual([['I roll.', '', ...(before ?? [])].join('\n')]);
});

test('FAULTS 14, 27: killed while a tool that is not safe to repeat is at work, it is reported and not called again', async () => {
  const toolCalls = [{ name: 'remember', arguments: { text: 'has a cat' }, id: 'a' }];
  const isAtSecondStep = Promise.withResolvers<undefined>();
  let isSecondStepOpen = false;
  const gus = enter('gus', (request) => {
    if (toolResults(request).length === 0) return { text: 'I keep that.', toolCalls };
    isAtSecondStep.resolve(undefined);
    return isSecondStepOpen ? { text: 'Done.' } : { firstTokenMs: Infinity };
  });
  gus.ask('has a cat');
  await isAtSecondStep.promise;
  await bot.kill();
  {
    // As it stood a moment before: the fact was being written, and its result was not written down.
    using database = openStore();
    const step = JSON.parse(String(database.prepare('SELECT step FROM run_steps').get()?.['step'])) as object;
    const underWay = JSON.stringify({ ...step, results: [], isUnderWay: true });
    database.prepare('UPDATE run_steps SET step = ?').run(underWay);
  }
  isSecondStepOpen = true;
  await bot.start();
  await gus.settled(1);
  expect(requests.get('gus')?.map(toolResults).at(-1)).toEqual([
    expect.stringMatching(/not known, and it was not made again/) as string,
  ]);
  expect(gus.answers().join()).toMatch(/restarted in the middle of `remember`.*did not repeat it/);
  using database = openStore();
  const facts = database.prepare("SELECT value FROM entries WHERE namespace = 'facts'").all();
  expect(JSON.stringify(facts).match(/has a cat/g)).toHaveLength(1);
});

test('FAULTS 21, 27: killed while the parts of a long answer arrive, no part is there twice', async () => {
  const lines = Array.from({ length: 60 }, (_, line) => `Line ${line}. ${'word '.repeat(20)}end.`);
  const eve = enter('eve', () => ({ text: lines.join('\n') }));
  eve.ask('tell');
  await eve.killWhenShown((content) => content.includes('Line 30.'));
  expect(eve.answers().join()).not.toContain('Line 59.');
  await bot.start();
  await eve.settled(2);
  expect(
    eve
      .answers()
      .join('\n')
      .split('\n')
      .filter((line) => line !== ''),
  ).toEqual(lines);
});

test('FAULTS 27: killed as the answer stands there, it is remembered all the same', async () => {
  const fay = enter('fay');
  fay.ask('one');
  await fay.killWhenShown((content) => content === 'Answer to: fay one');
  await bot.start();
  fay.ask('two');
  await fay.settled(2);
  expect(fay.answers()).toEqual(['Answer to: fay one', 'Answer to: fay two']);
  const said = requests.get('fay')?.at(-1)?.messages.slice(1);
  expect(said?.map(({ content }) => content)).toEqual(['fay one', 'Answer to: fay one', 'fay two']);
});
