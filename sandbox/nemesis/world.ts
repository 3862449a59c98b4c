import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBotEnvironment } from '../bot-environment.ts';
import { startDiscord } from '../discord/server.ts';
import { startModelServer } from '../model/server.ts';
import { createBotProcess } from './bot-process.ts';
import { createGuild } from './guild.ts';
import type { History } from './history.ts';
import { createHostClock } from './host-clock.ts';
import type { FaultKind } from './kinds.ts';
import { watchPresence } from './presence.ts';
import type { Random } from './random.ts';
import { createNemesisScript } from './script.ts';
import { watchBot } from './sightings.ts';
import type { PersonOptions } from './speaker.ts';
import { createStoreFile } from './store-file.ts';
import type { FaultSpan } from './suffer.ts';
import { createPerson, type Person } from './talk.ts';

export interface WorldOptions {
  readonly people: number;
  readonly random: Random;
  readonly history: History;
  /** Between two acts of a person. */
  readonly meanGapMs: number;
  /** What is to go wrong. */
  readonly kinds: ReadonlySet<FaultKind>;
}

const STORE_TIMEOUT_MS = 2_500;

/** Short deadlines, so that what fails is known to fail within seconds; no wait before another start. */
const ENVIRONMENT = {
  LOG_LEVEL: 'info',
  MAX_STARTS: '10000',
  STORE_TIMEOUT_MS: String(STORE_TIMEOUT_MS),
  FIRST_TOKEN_TIMEOUT_MS: '2000',
  STREAM_IDLE_TIMEOUT_MS: '2000',
  SHUTDOWN_GRACE_MS: '1500',
  CONTEXT_WINDOW_TOKENS: '1000000',
  MAX_PENDING_RUNS_PER_USER: '8',
};

/** A Discord, a model, people and the bot, which does not run yet. */
export async function createWorld({ people: count, random, history, meanGapMs, kinds }: WorldOptions) {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-nemesis-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const discord = await startDiscord({ rateLimits: 'off', heartbeatIntervalMs: 2_000 });
  stack.defer(() => discord.stop());
  const { script, prompts, setFault } = createNemesisScript(random.fork('model'), () => history.now());
  const model = await startModelServer({ script });
  stack.defer(() => model.stop());
  const storePath = join(directory, 'store.db');
  const store = createStoreFile(storePath);
  const clock = createHostClock(join(directory, 'clock'));
  const presence = watchPresence(discord, store, () => history.now());
  stack.defer(() => {
    presence.stop();
  });
  const environment = toBotEnvironment(
    {},
    {
      token: discord.token,
      apiUrl: discord.apiUrl,
      storeUrl: `sqlite://${storePath}`,
      scriptedModelUrl: model.baseUrl,
      overrides: ENVIRONMENT,
    },
  );
  const storeLate: FaultSpan[] = [];
  const bot = createBotProcess({
    directory,
    // The clock costs a little, so that it is as it is where nothing is to happen to it.
    environment: kinds.has('clock') ? { ...environment, ...clock.environment } : environment,
    onLine(line) {
      if (!line.includes('The store did not answer')) return;
      const at = history.now();
      storeLate.push({ name: 'store late', from: at - STORE_TIMEOUT_MS, to: at });
    },
    onExit: ({ code, signal }) => {
      presence.ended();
      history.add(`bot ended: ${String(signal ?? code)}`);
    },
  });
  stack.defer(() => bot.kill());
  const sightings = watchBot(discord, history);
  stack.defer(() => {
    sightings.stop();
  });
  const guild = createGuild(discord, count, kinds);
  const people = Array.from({ length: count }, (_, index): Person => {
    const number = index + 1;
    const options: PersonOptions = {
      ...guild.enter(number),
      ...{ discord, number, history, meanGapMs },
      moderatorId: guild.moderatorId,
      random: random.fork(`person ${number}`),
      unendedQuestions: () => store.unendedQuestions(),
      seenOf: (question) => sightings.of(question),
    };
    return createPerson(options, kinds);
  });
  const { allowSpeech, arrange } = guild;
  return {
    ...{ discord, bot, people, prompts, store, sightings, presence, clock, allowSpeech, arrange },
    /** When its store was too late, by its own word: on a busy machine the disk is so without any fault. */
    storeLate,
    setModelFault: setFault,
    stack: stack.move(),
  };
}

export type NemesisWorld = Awaited<ReturnType<typeof createWorld>>;
