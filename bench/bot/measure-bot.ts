import type { Environment } from '../../src/config.ts';
import { toBotEnvironment } from '../../sandbox/bot-environment.ts';
import type { CrowdResult } from './discord-host.ts';
import type { Behaviour } from './model-host.ts';
import type { Work } from './probe.ts';
import { startBotHost, startDiscordHost, startModelHost } from './processes.ts';

export interface BotBenchOptions {
  /** Who ask at once. */
  readonly people: number;
  /** Runs that wait. */
  readonly waiting: number;
  /** Where stores are made. */
  readonly directory: string;
  /** Of the bot's process. */
  readonly nodeOptions: readonly string[];
  readonly log: (line: string) => void;
}

/** A crowd that asked at once, and what the bot's process spent on it. */
export interface AnsweredCrowd extends CrowdResult {
  readonly cpuMsPerAnswer: number;
  readonly loopDelayP99Ms: number;
}

export interface BusyMeasurement {
  readonly idleRssBytes: number;
  /** One model call each. */
  readonly plain: AnsweredCrowd;
  /** Three tools at once, and a second model call. */
  readonly tools: AnsweredCrowd;
  /** While all runs are at work. */
  readonly steady: Work;
  readonly activeBytesPerRun: number;
  readonly activeRssBytes: number;
}

export interface WaitingMeasurement {
  readonly bytesPerRun: number;
  /** CPU as a share of one core. */
  readonly idleCpuShare: number;
  readonly waitingCpuShare: number;
}

const WARM_UP_PEOPLE = 20;
const WARM_UP_ROUNDS = 2;
const TOKENS = 40;
const PACE = { firstTokenMs: 300, tokenMs: 20, tokens: TOKENS } as const;
/** Slow enough that all of them are at work for a while, with an edit a second each. */
const SLOW_PACE = { firstTokenMs: 2_000, tokenMs: 500, tokens: TOKENS } as const;
/** People ask over so long; nobody but a benchmark asks in the same millisecond. */
const SPREAD_MS = 4_000;
const SLOW_START_MS = 3_000;
/** Of so many crowds or windows the middle one counts: the machine has other things to do, too. */
const TIMES = 3;
const STEADY_MS = 4_000;
const TIMEOUT_MS = 120_000;
const AT_WORK = 8;
/** Everything that belongs to the start is over. */
const IDLE_MS = 5_000;
/** Notices and typing of those who wait have been shown. */
const SETTLE_MS = 45_000;
const QUIET_MS = 10_000;
/** As many as its variable takes. */
const NO_LIMIT = '1000000';

/** The bot in a crowd, with everything on and without Discord's limits. */
export async function measureBusyBot(options: BotBenchOptions): Promise<BusyMeasurement> {
  const { people, log } = options;
  await using scene = await startScene(options, 'busy', {
    people,
    rateLimits: 'off',
    environment: { MAX_CONCURRENT_RUNS: String(people), MAX_PENDING_RUNS: String(people) },
  });
  const { bot, discord, model } = scene;
  await pause(IDLE_MS);
  const { rssBytes: idleRssBytes } = await bot.call('memory');
  const ask = async (behaviour: Behaviour): Promise<AnsweredCrowd> => {
    await model.call('behave', behaviour);
    await bot.call('beginWork');
    const result = await discord.call('ask', {
      people,
      tokens: behaviour.tokens,
      modelMs: behaviour.firstTokenMs * (behaviour.tools ? 2 : 1),
      timeoutMs: TIMEOUT_MS,
    });
    const { cpuMs, loopDelayP99Ms } = await bot.call('endWork');
    return { ...result, cpuMsPerAnswer: cpuMs / Math.max(1, result.answered), loopDelayP99Ms };
  };
  log('warming up');
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await ask({ ...PACE, tools: round === 0 });
  const askTimes = async (behaviour: Behaviour): Promise<AnsweredCrowd> => {
    const crowds: AnsweredCrowd[] = [];
    while (crowds.length < TIMES) crowds.push(await ask(behaviour));
    const sum = (key: 'lost' | 'duplicated'): number =>
      crowds.reduce((total, crowd) => total + crowd[key], 0);
    const middle = toMiddle(crowds, ({ cpuMsPerAnswer }) => cpuMsPerAnswer);
    // Of what must not be, all of it counts.
    return { ...middle, lost: sum('lost'), duplicated: sum('duplicated') };
  };
  log('crowds');
  const plain = await askTimes({ ...PACE, tools: false });
  log('crowds whose questions take tools');
  const tools = await askTimes({ ...PACE, tools: true });
  log('all at work');
  const before = await bot.call('memory');
  await model.call('behave', { ...SLOW_PACE, tools: false });
  await discord.call('askInTurn', { people, overMs: SPREAD_MS });
  await pause(SLOW_START_MS);
  const windows: Work[] = [];
  while (windows.length < TIMES) {
    await bot.call('beginWork');
    await pause(STEADY_MS);
    windows.push(await bot.call('endWork'));
  }
  const steady = toMiddle(windows, ({ loopDelayP99Ms }) => loopDelayP99Ms);
  const active = await model.call('active');
  const during = await bot.call('memory');
  if (active < people * 0.99) throw new Error(`Only ${String(active)} runs were at work at once`);
  while ((await model.call('active')) > 0) await pause(200);
  return {
    idleRssBytes,
    plain,
    tools,
    steady,
    activeBytesPerRun: (during.liveBytes - before.liveBytes) / people,
    activeRssBytes: during.rssBytes,
  };
}

function toMiddle<T>(measured: readonly T[], read: (one: T) => number): T {
  const middle = measured.toSorted((a, b) => read(a) - read(b))[measured.length >> 1];
  if (!middle) throw new Error('Nothing was measured');
  return middle;
}

/** The bot with Discord's limits on and far more questions than it may work at. */
export async function measureWaitingRuns(options: BotBenchOptions): Promise<WaitingMeasurement> {
  const { waiting, log } = options;
  const people = waiting + AT_WORK;
  await using scene = await startScene(options, 'waiting', {
    people,
    rateLimits: 'strict',
    environment: {
      MAX_CONCURRENT_RUNS: String(AT_WORK),
      MAX_PENDING_RUNS: String(people),
      DISCORD_REQUESTS_PER_SECOND: '50',
      FIRST_TOKEN_TIMEOUT_MS: '600000',
      STEP_TIMEOUT_MS: '600000',
      RUN_TIMEOUT_MS: '600000',
      SHUTDOWN_GRACE_MS: '0',
    },
  });
  const { bot, discord, model } = scene;
  const idle = async (): Promise<number> => {
    await bot.call('beginWork');
    await pause(QUIET_MS);
    const { cpuMs, wallMs } = await bot.call('endWork');
    return cpuMs / wallMs;
  };
  await model.call('behave', { ...PACE, tools: false });
  await discord.call('ask', {
    people: WARM_UP_PEOPLE,
    tokens: TOKENS,
    modelMs: 0,
    timeoutMs: TIMEOUT_MS,
  });
  const idleCpuShare = await idle();
  const before = await bot.call('memory');
  log('all waiting');
  await model.call('hang');
  await discord.call('ask', { people, tokens: TOKENS, modelMs: 0, timeoutMs: SETTLE_MS });
  const during = await bot.call('memory');
  const waitingCpuShare = await idle();
  return { bytesPerRun: (during.liveBytes - before.liveBytes) / waiting, idleCpuShare, waitingCpuShare };
}

/** From the start of the process until it is ready, with a store that is there already. ms */
export async function measureStart(options: BotBenchOptions, storeFile: string): Promise<number> {
  await using scene = await startScene(options, storeFile, {
    people: 10,
    rateLimits: 'off',
    // One start follows the other here: none has to wait for that.
    environment: { MAX_STARTS: '1000' },
  });
  return scene.bot.startMs;
}

export interface SceneOptions {
  readonly people: number;
  readonly rateLimits: 'strict' | 'off';
  readonly environment: Environment;
}

export type Scene = Awaited<ReturnType<typeof startScene>>;

export async function startScene(
  { directory, nodeOptions }: Pick<BotBenchOptions, 'directory' | 'nodeOptions'>,
  store: string,
  { people, rateLimits, environment }: SceneOptions,
) {
  await using stack = new AsyncDisposableStack();
  const discord = stack.use(startDiscordHost({ rateLimits }));
  const model = stack.use(startModelHost());
  await discord.call('settle', people);
  const botEnvironment = toBotEnvironment(
    {},
    {
      ...(await discord.call('where')),
      storeUrl: `sqlite://${directory}/${store}.db`,
      scriptedModelUrl: await model.call('where'),
      overrides: {
        LOG_LEVEL: 'info',
        DISCORD_REQUESTS_PER_SECOND: NO_LIMIT,
        MAX_EVENT_LOOP_DELAY_MS: '1000',
        ...environment,
      },
    },
  );
  const bot = stack.use(await startBotHost(botEnvironment, { nodeOptions }));
  const owned = stack.move();
  return { bot, discord, model, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
