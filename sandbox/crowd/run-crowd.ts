import { createApp, type AppOverrides } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { Environment } from '../../src/config.ts';
import { toBotEnvironment } from '../bot-environment.ts';
import { startDiscord } from '../discord/server.ts';
import type { SimulatedDiscord, SimulatorOptions } from '../discord/types.ts';
import { startModelServer } from '../model/server.ts';
import { askCrowd } from './ask-crowd.ts';
import { createConcurrencyGauge } from './concurrency-gauge.ts';
import type { LedgerCounts } from './ledger.ts';
import { createCrowdScript, defaultPace } from './question.ts';
import type { CrowdPace } from './question.ts';
import { toCrowdReport } from './report.ts';
import type { CrowdReport } from './report.ts';

const PEOPLE_PER_CHANNEL = 10;
const SETTLE_MS = 500;

export interface RunCrowdOptions {
  readonly people: number;
  /** One for each 10 people when absent. */
  readonly channels?: number;
  /** Of each person; 1 when absent. */
  readonly questionsPerPerson?: number;
  readonly pace?: CrowdPace;
  readonly discord?: SimulatorOptions;
  readonly storeUrl?: string;
  /** How the bot spends its requests; `every-second` is for comparison. */
  readonly edits?: NonNullable<AppOverrides['edits']>;
  /** Settings of the bot beyond the product's defaults. */
  readonly environment?: Environment;
  /** What is missing then is lost. By default generous beside what Discord and the model need. */
  readonly timeoutMs?: number;
  /** How long to watch on after the last answer, for one too many (500). */
  readonly settleMs?: number;
  readonly onProgress?: (counts: LedgerCounts) => void;
  /** Ends the waiting; what is missing then is lost. */
  readonly signal?: AbortSignal;
}

/** Starts a Discord, a scripted model and the bot, lets everybody ask at once, and reports what people saw. */
export async function runCrowd(options: RunCrowdOptions): Promise<CrowdReport> {
  const { people, questionsPerPerson = 1, pace = defaultPace } = options;
  const channels = options.channels ?? Math.ceil(people / PEOPLE_PER_CHANNEL);
  const gauge = createConcurrencyGauge();
  await using stack = new AsyncDisposableStack();
  const discord = await startDiscord(options.discord);
  stack.defer(() => discord.stop());
  const model = await startModelServer({
    script: createCrowdScript(pace),
    onCompletion: (request) => gauge.begin(request),
  });
  stack.defer(() => model.stop());
  const place = fillGuild(discord, people, channels);

  const environment = toBotEnvironment(options.environment ?? {}, {
    token: discord.token,
    apiUrl: discord.apiUrl,
    storeUrl: options.storeUrl ?? 'memory://',
    scriptedModelUrl: model.baseUrl,
    overrides: {
      // Nobody is refused: the measure is how long all of them wait.
      MAX_PENDING_RUNS: String(people * questionsPerPerson),
      MAX_PENDING_RUNS_PER_USER: String(questionsPerPerson),
    },
  });
  const app = createApp(parseConfig(environment), options.edits ? { edits: options.edits } : {});
  stack.defer(() => app.stop());
  await app.start();

  discord.stats.reset();
  const records = await askCrowd({
    discord,
    ...place,
    questionsPerPerson,
    tokens: pace.tokens,
    timeoutMs:
      options.timeoutMs ?? patienceMs(people * questionsPerPerson, channels, questionsPerPerson, pace),
    settleMs: options.settleMs ?? SETTLE_MS,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const { requests, byStatus, peakPerSecond } = discord.stats;
  return toCrowdReport({
    records,
    people,
    channels,
    pace,
    requests,
    rateLimited: byStatus[429] ?? 0,
    peakRequestsPerSecond: peakPerSecond,
    peakActive: gauge.peakActive,
    peakActivePerUser: gauge.peakActivePerUser,
  });
}

function fillGuild(discord: SimulatedDiscord, people: number, channels: number) {
  const userIds = Array.from(
    { length: people },
    (_, index) => discord.people.addUser({ name: `person-${index + 1}` }).id,
  );
  const guild = discord.people.addGuild({ name: 'Crowd', memberIds: userIds });
  const channelIds = Array.from(
    { length: channels },
    (_, index) => discord.people.addChannel(guild.id, { name: `crowd-${index + 1}` }).id,
  );
  return { userIds, channelIds };
}

/** Four times what the channels need at five answers in five seconds, and the model for one person after another. */
function patienceMs(answers: number, channels: number, questionsPerPerson: number, pace: CrowdPace): number {
  const modelMs = pace.firstTokenMs + pace.tokens * pace.tokenMs;
  return 30_000 + 4 * ((answers / channels) * 1_000 + answers * 20 + questionsPerPerson * modelMs);
}
