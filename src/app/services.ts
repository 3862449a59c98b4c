import { commands } from '../../commands/index.ts';
import type { Config } from '../config.ts';
import { CatchUp } from '../discord/catch-up/catch-up.ts';
import { createHeard } from '../discord/catch-up/heard.ts';
import { createChannelReader } from '../discord/channels/channel-reader.ts';
import { createDispatcher, type Dispatcher } from '../discord/commands/dispatcher.ts';
import { registerCommands } from '../discord/commands/register-commands.ts';
import type { Gateway } from '../discord/gateway/client.ts';
import { createStartGate, type StartGate } from '../discord/gateway/start-gate.ts';
import type { OutgoingBudget } from '../discord/outgoing/outgoing-budget.ts';
import { createChannelDoors } from '../discord/reply/channel-doors.ts';
import { createReactions, toMark, type Reactions } from '../discord/reply/reactions.ts';
import { createStandingMarks } from '../discord/reply/standing-marks.ts';
import { createThreadTitles, type ThreadTitles } from '../discord/threads/thread-titles.ts';
import { createThreads } from '../discord/threads/threads.ts';
import { createEchoBreaker } from '../intake/echo-breaker.ts';
import { Intake } from '../intake/intake.ts';
import { createSettingsStore } from '../intake/settings/settings-store.ts';
import { createConversationMemory } from '../memory/conversation-memory.ts';
import { createFactMemory } from '../memory/fact-memory.ts';
import type { Log } from '../observability/log.ts';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import { authorizeIn, isAllowedGuild } from '../policy/authorize.ts';
import { createDailyQuota, type DailyQuota } from '../runs/daily-quota.ts';
import { createGaps } from '../runs/gaps.ts';
import type { Overload } from '../runs/overload.ts';
import type { RunService } from '../runs/run-service.ts';
import { HEARD_NAMESPACE, type Storage } from '../storage/ports.ts';
import { builtInTools } from '../tools/index.ts';
import { createBotModel } from './create-bot-model.ts';
import { createBotOverload } from './create-bot-overload.ts';
import { createDiscord } from './create-discord.ts';
import { createRuns } from './create-runs.ts';
import type { AppOverrides } from './overrides.ts';
import { createStatus } from './status.ts';

/** What is started and stopped, in the order that `createApp` knows. */
export interface Services {
  readonly storage: Storage;
  readonly conversations: ReturnType<typeof createConversationMemory>;
  readonly metrics: Metrics;
  readonly budget: OutgoingBudget;
  readonly startGate: StartGate;
  readonly gateway: Gateway;
  readonly catchUp: CatchUp;
  readonly overload: Overload;
  readonly runs: RunService;
  readonly reactions: Reactions;
  readonly quota: DailyQuota | undefined;
  readonly titles: ThreadTitles;
  readonly dispatcher: Dispatcher;
  readonly registerCommands: (signal: AbortSignal) => Promise<unknown>;
}

/** Chooses implementations and ties them together; nothing is started yet. */
export function createServices(
  config: Config,
  overrides: AppOverrides,
  storage: Storage,
  log: Log,
): Services {
  const metrics = createMetrics();
  const { gateway, budget } = createDiscord(config, overrides, { metrics, log });
  const { directory } = gateway;
  const botUserId = (): string => gateway.botUser().id;
  const messageContent = config.discord.messageContentIntent;

  const conversations = createConversationMemory({ store: storage.namespace('conversations'), log });
  const facts = createFactMemory({ store: storage.namespace('facts') });
  const settings = createSettingsStore({ store: storage.namespace('settings'), log });
  const model = overrides.model ?? createBotModel(config, log);
  const tools = overrides.tools ?? builtInTools;
  const channels = createChannelReader({ directory, rest: budget });
  const doors = createChannelDoors(directory, log);
  const reactions = createReactions({
    ...{ budget, directory, log },
    marks: createStandingMarks({ store: storage.namespace('marks'), log }),
  });
  const titles = createThreadTitles({ model, budget, log });
  const threads = createThreads({ budget, directory, titles, log });
  const overload = createBotOverload(config, budget, log, overrides.overload);

  const quota = createDailyQuota({ ...config.daily, store: storage.namespace('usage'), log });
  const authorize = authorizeIn(config.discord.allowedGuilds);
  const gaps = createGaps();
  const runs = createRuns(config, {
    ...{ gateway, budget, storage, model, tools, conversations, facts, channels },
    ...{ reactions, doors, overload, quota, gaps, metrics, log },
  });
  const intake = new Intake({
    runs,
    botUserId,
    messageContent,
    settings,
    threads,
    gaps,
    now: gateway.now,
    doors,
    authorize,
    echoBreaker: createEchoBreaker(),
    mayOpenThread: ({ author }) => quota?.reason(author.id, runs.pending) === undefined,
    onAdmission: (run, admission) => {
      const mark = toMark(admission);
      if (mark !== undefined) reactions.add(run, mark);
    },
    log,
  });
  const catchUp = new CatchUp({
    cursors: storage.runs,
    gaps,
    heard: createHeard({
      store: storage.namespace(HEARD_NAMESPACE),
      gaps,
      shards: () => gateway.readiness().shards,
      log,
    }),
    latestMessages: gateway.latestMessages,
    rest: budget,
    directory,
    mayAnswerIn: (guildId) => isAllowedGuild(config.discord.allowedGuilds, guildId),
    botUserId,
    door: intake,
    now: gateway.now,
    log,
  });
  const dispatcher = createDispatcher({
    commands,
    context: {
      ...{ runs, intake, conversations, facts, settings, threads, messageContent },
      history: channels,
      models: config.model.choices,
      status: createStatus(gateway, storage),
    },
    rest: budget,
    directory,
    botUserId,
    authorize,
    log,
  });

  gateway.listen({
    onMessage: catchUp.onMessage,
    onMessageUpdate: catchUp.onMessageUpdate,
    onMessageDelete: catchUp.onMessageDelete,
    onSession: catchUp.onSession,
    onInteraction: dispatcher.dispatch,
    onAccessChange: doors.onAccessChange,
  });
  metrics.observeRuns(() => ({ pending: runs.pending, active: runs.active }));
  metrics.observeHeartbeat(() => gateway.readiness().heartbeatAgeMs);
  return {
    ...{ storage, conversations, metrics, budget, gateway, catchUp, overload, runs, reactions, quota },
    ...{ titles, dispatcher },
    startGate: createStartGate({
      store: storage.namespace('starts'),
      maxStarts: config.discord.maxStarts,
      log,
    }),
    registerCommands: (signal) =>
      registerCommands({
        definitions: commands.map(({ definition }) => definition),
        applicationId: gateway.applicationId(),
        rest: budget,
        store: storage.namespace('commands'),
        log,
        signal,
      }),
  };
}
