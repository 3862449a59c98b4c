import { DatabaseSync } from 'node:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { toBotEnvironment } from '../../sandbox/bot-environment.ts';
import { startDiscord } from '../../sandbox/discord/server.ts';
import type { SayOptions, SimulatedDiscord, SimulatorEvent } from '../../sandbox/discord/types.ts';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import { startModelServer } from '../../sandbox/model/server.ts';
import type { ModelScript, ScriptedRequest } from '../../sandbox/model/types.ts';
import { createBotProcess, type BotProcess } from '../../sandbox/nemesis/bot-process.ts';

/** Somebody in a channel of their own; questions begin with their name. */
export interface Visitor {
  readonly channelId: string;
  /** What the bot says there, in order. */
  answers(): string[];
  ask(text: string, options?: SayOptions): { readonly id: string };
  /** Kills the process in the very moment in which such a message of it is there. */
  killWhenShown(isIt: (content: string) => boolean): Promise<void>;
  /** Resolves when there are so many messages of the bot, and nothing is left to do. */
  settled(count: number): Promise<void>;
}

/** The real process on a store of its own, on a Discord and a model server of the test's own. */
export interface ProcessScene extends AsyncDisposable {
  readonly discord: SimulatedDiscord;
  readonly bot: BotProcess;
  readonly directory: string;
  readonly storePath: string;
  /** What the model was asked, by the first word of the question. */
  readonly requests: ReadonlyMap<string, readonly ScriptedRequest[]>;
  /** `script`: what the model does for them. */
  enter(name: string, script?: ModelScript): Visitor;
  openStore(): DatabaseSync;
}

/** Starts the process. `overrides`: variables of its environment. */
export async function startProcessScene(
  overrides: Readonly<Record<string, string>> = {},
): Promise<ProcessScene> {
  await using stack = new AsyncDisposableStack();
  const scripts = new Map<string, ModelScript>();
  const requests = new Map<string, ScriptedRequest[]>();
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-process-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const discord = await startDiscord({ rateLimits: 'off' });
  stack.defer(() => discord.stop());
  const model = await startModelServer({
    script(request) {
      const [name = ''] = lastQuestion(request).split(' ');
      requests.set(name, [...(requests.get(name) ?? []), request]);
      return scripts.get(name)?.(request) ?? { text: `Answer to: ${lastQuestion(request)}` };
    },
  });
  stack.defer(() => model.stop());
  const storePath = join(directory, 'store.db');
  const simulated = {
    token: discord.token,
    apiUrl: discord.apiUrl,
    storeUrl: `sqlite://${storePath}`,
    scriptedModelUrl: model.baseUrl,
    overrides: { LOG_LEVEL: 'info', MAX_STARTS: '100', ...overrides },
  };
  const bot = createBotProcess({ directory, environment: toBotEnvironment({}, simulated) });
  stack.defer(() => bot.kill());
  const guildId = discord.people.addGuild().id;
  await bot.start();
  const openStore = (): DatabaseSync => new DatabaseSync(storePath, { timeout: 1_000 });
  const owned = stack.move();
  return {
    ...{ discord, bot, directory, storePath, requests, openStore },
    enter(name, script) {
      if (script) scripts.set(name, script);
      return enter({ discord, bot, guildId, openStore }, name);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Stage {
  readonly discord: SimulatedDiscord;
  readonly bot: BotProcess;
  readonly guildId: string;
  readonly openStore: () => DatabaseSync;
}

function enter({ discord, bot, guildId, openStore }: Stage, name: string): Visitor {
  const { people, botUserId } = discord;
  const { id: userId } = people.addUser({ name });
  people.join(guildId, userId);
  const { id: channelId } = people.addChannel(guildId, { name });
  const answers = (): string[] =>
    discord
      .messages(channelId)
      .filter(({ author }) => author.id === botUserId)
      .map(({ content }) => content);
  const countOpenRuns = (): unknown => {
    using database = openStore();
    return database.prepare('SELECT count(*) AS count FROM runs').get()?.['count'];
  };
  return {
    channelId,
    answers,
    ask: (text, options) => people.say(userId, channelId, `<@${botUserId}> ${name} ${text}`, options),
    async killWhenShown(isIt) {
      const end = discord.observe((event) => {
        if (isBotMessage(event, botUserId) && isIt(event.message.content)) bot.signal('SIGKILL');
      });
      await expect.poll(() => bot.isRunning, { timeout: 30_000, interval: 5 }).toBe(false);
      end();
      await bot.exited();
    },
    async settled(count) {
      await expect
        .poll(() => answers().length, { timeout: 30_000, interval: 20 })
        .toBeGreaterThanOrEqual(count);
      await expect.poll(countOpenRuns, { timeout: 30_000, interval: 20 }).toBe(0);
    },
  };
}

type Shown = Extract<SimulatorEvent, { type: 'message-create' | 'message-update' }>;

function isBotMessage(event: SimulatorEvent, botUserId: string): event is Shown {
  const isMessage = event.type === 'message-create' || event.type === 'message-update';
  return isMessage && event.message.author.id === botUserId;
}
