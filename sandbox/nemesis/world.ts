import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBotEnvironment } from '../bot-environment.ts';
import { startDiscord } from '../discord/server.ts';
import { startModelServer } from '../model/server.ts';
import { createBotProcess } from './bot-process.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import { createNemesisScript } from './script.ts';
import { createStoreFile } from './store-file.ts';
import { createPerson, type Person } from './talk.ts';

export interface WorldOptions {
  readonly people: number;
  readonly random: Random;
  readonly history: History;
  /** Between two acts of a person. */
  readonly meanGapMs: number;
}

const PEOPLE_PER_CHANNEL = 5;

/** Short deadlines, so that what fails is known to fail within seconds; no wait before another start. */
const ENVIRONMENT = {
  LOG_LEVEL: 'info',
  MAX_STARTS: '10000',
  STORE_TIMEOUT_MS: '1500',
  FIRST_TOKEN_TIMEOUT_MS: '2000',
  STREAM_IDLE_TIMEOUT_MS: '2000',
  SHUTDOWN_GRACE_MS: '1500',
  CONTEXT_WINDOW_TOKENS: '1000000',
};

/** A Discord, a model, people and the bot, which does not run yet. */
export async function createWorld({ people: count, random, history, meanGapMs }: WorldOptions) {
  const stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-nemesis-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const discord = await startDiscord({ rateLimits: 'off', heartbeatIntervalMs: 2_000 });
  stack.defer(() => discord.stop());
  const { script, prompts, setFault } = createNemesisScript(random.fork('model'), () => history.now());
  const model = await startModelServer({ script });
  stack.defer(() => model.stop());
  const storePath = join(directory, 'store.db');
  const bot = createBotProcess({
    directory,
    environment: toBotEnvironment(
      {},
      {
        token: discord.token,
        apiUrl: discord.apiUrl,
        storeUrl: `sqlite://${storePath}`,
        scriptedModelUrl: model.baseUrl,
        overrides: ENVIRONMENT,
      },
    ),
    onExit: ({ code, signal }) => {
      history.add(`bot ended: ${String(signal ?? code)}`);
    },
  });
  stack.defer(() => bot.kill());
  const guild = discord.people.addGuild({ name: 'Nemesis' });
  const channelIds = Array.from(
    { length: Math.ceil(count / PEOPLE_PER_CHANNEL) },
    (_, index) => discord.people.addChannel(guild.id, { name: `channel-${index + 1}` }).id,
  );
  const people = Array.from({ length: count }, (_, index): Person => {
    const number = index + 1;
    const { id: userId } = discord.people.addUser({ name: `person-${number}` });
    discord.people.join(guild.id, userId);
    return createPerson({
      discord,
      number,
      userId,
      channelIds: [channelIds[index % channelIds.length] ?? '', discord.people.openDm(userId).id],
      random: random.fork(`person ${number}`),
      history,
      meanGapMs,
    });
  });
  return { discord, bot, people, prompts, setModelFault: setFault, store: createStoreFile(storePath), stack };
}

export type NemesisWorld = Awaited<ReturnType<typeof createWorld>>;
