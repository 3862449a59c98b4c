import { createHmac } from 'node:crypto';
import { commands } from '../commands/index.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createAttachments } from './app/create-attachments.ts';
import { createBotOverload } from './app/create-bot-overload.ts';
import type { Config } from './config.ts';
import { createCatchUp, type CatchUp } from './discord/catch-up/catch-up.ts';
import { createChannelReader } from './discord/channels/channel-reader.ts';
import { createQuoteChain } from './discord/channels/quote-chain.ts';
import type { BotStatus } from './discord/commands/command.ts';
import { createDispatcher } from './discord/commands/dispatcher.ts';
import { registerCommands } from './discord/commands/register-commands.ts';
import { toAnswerButtons } from './discord/controls/answer-buttons.ts';
import { createGateway, type Gateway } from './discord/gateway/client.ts';
import { createStartGate, type StartGate } from './discord/gateway/start-gate.ts';
import { createOutgoingBudget, type OutgoingBudget } from './discord/outgoing/outgoing-budget.ts';
import { createDiscordRest } from './discord/outgoing/rest.ts';
import { createReactions } from './discord/reply/reactions.ts';
import { createReplyFactory } from './discord/reply/reply.ts';
import { withWaitingReactions } from './discord/reply/waiting-reactions.ts';
import { createThreadTitles, type ThreadTitles } from './discord/threads/thread-titles.ts';
import { createThreads } from './discord/threads/threads.ts';
import { SwitchboardError } from './errors.ts';
import { createIntake } from './intake/intake.ts';
import { toPrompt, toQuestion } from './intake/prompt.ts';
import { createSettingsStore } from './intake/settings/settings-store.ts';
import { createConversationMemory } from './memory/conversation-memory.ts';
import { createFactMemory } from './memory/fact-memory.ts';
import { createModel } from './model/create-model.ts';
import type { Model } from './model/ports.ts';
import { startHttpServer, type HttpServer } from './observability/http-server.ts';
import { createLog, type Log } from './observability/log.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { createReadiness } from './observability/readiness.ts';
import { createAnswers } from './runs/answers.ts';
import type { RunObserver } from './runs/execute-run.ts';
import type { Overload } from './runs/overload.ts';
import { createRunStore } from './runs/run-store.ts';
import { createRunService, type RunService } from './runs/run-service.ts';
import { openStorage } from './storage/open-storage.ts';
import type { Storage } from './storage/ports.ts';
import { builtInTools } from './tools/index.ts';
import type { Tool } from './tools/tool.ts';

/** What a test or the sandbox puts in place of the real thing. */
export interface AppOverrides {
  readonly log?: Log;
  readonly tools?: readonly Tool[];
  readonly model?: Model;
  /** `every-second`: without a budget, for comparison in benchmarks. */
  readonly edits?: 'budgeted' | 'every-second';
  /** Wraps the store that was opened. */
  readonly storage?: (storage: Storage) => Storage;
  /** After the start: what no retry can mend, such as a token that was withdrawn. */
  readonly onFatal?: (error: unknown) => void;
}

export interface App {
  /** Resolves when the bot answers. Rejects with an error whose message is one clear line for the operator. */
  start(): Promise<void>;
  /**
   * Ends intake, lets runs finish within the grace period and stops the rest, writes what is waiting, closes.
   * May be called at any time and more than once.
   */
  stop(): Promise<void>;
  /** Where health and metrics are served, once started. */
  readonly httpPort: number;
}

/** The one place that chooses implementations and ties them together. */
export function createApp(config: Config, overrides: AppOverrides = {}): App {
  const log = overrides.log ?? createLog(config.log);
  const stopping = new AbortController();
  let services: Services | undefined;
  let starting: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const start = async (): Promise<void> => {
    const { signal } = stopping;
    const opened = await openStorage({ ...config.store, log });
    services = createServices(config, overrides, overrides.storage?.(opened) ?? opened, log);
    const { gateway, metrics } = services;
    services.http = await startHttpServer({
      ...config.http,
      metrics,
      readiness: createReadinessOf(services, config),
      log,
    });
    await services.startGate.pass(signal);
    await gateway.start(signal);
    log.info({ user: gateway.botUser().name, version: packageJson.version }, 'ready');
    await services.runs.resume();
    services.catchUp.start();
    await services.registerCommands(signal);
  };

  const stop = async (): Promise<void> => {
    stopping.abort(new SwitchboardError('stopping', 'The bot is stopping'));
    // A start that was cut short rejects; whoever called it is told.
    await starting?.catch(() => undefined);
    if (services) await stopServices(services, config.shutdownGraceMs);
  };

  return {
    start: () => (starting ??= start()),
    stop: () => (stopped ??= stop()),
    get httpPort() {
      return services?.http?.port ?? 0;
    },
  };
}

interface Services {
  readonly storage: Storage;
  readonly conversations: ReturnType<typeof createConversationMemory>;
  readonly metrics: Metrics;
  readonly budget: OutgoingBudget;
  readonly startGate: StartGate;
  readonly gateway: Gateway;
  readonly catchUp: CatchUp;
  readonly overload: Overload;
  readonly runs: RunService;
  readonly titles: ThreadTitles;
  readonly dispatcher: ReturnType<typeof createDispatcher>;
  readonly registerCommands: (signal: AbortSignal) => Promise<unknown>;
  http?: HttpServer;
}

function createServices(config: Config, overrides: AppOverrides, storage: Storage, log: Log): Services {
  const metrics = createMetrics();
  const conversations = createConversationMemory({ store: storage.namespace('conversations'), log });
  const facts = createFactMemory({ store: storage.namespace('facts') });

  const logFatal = (error: unknown): void => {
    log.fatal({ err: error }, 'the bot cannot go on');
  };
  const { onFatal = logFatal } = overrides;
  const rest = createDiscordRest({
    ...config.discord,
    onResponse: ({ method, route, status }) => {
      metrics.recordRestRequest(method, route, status === 0 ? 'error' : status);
    },
  });
  const budget = createOutgoingBudget({
    sender: rest,
    ...(overrides.edits && { edits: overrides.edits }),
    requestsPerSecond: config.discord.requestsPerSecond,
    onUnauthorized: () => {
      onFatal(
        new SwitchboardError('unauthorized', 'Discord no longer accepts DISCORD_TOKEN. Set a new one.'),
      );
    },
  });
  const gateway: Gateway = createGateway({
    token: config.discord.token,
    apiUrl: config.discord.apiUrl,
    messageContent: config.discord.messageContentIntent,
    rest: rest.clientOptions(budget.countForeign),
    handlers: {
      onMessage: (message) => {
        catchUp.onMessage(message);
      },
      onMessageUpdate: (message) => {
        catchUp.onMessageUpdate(message);
      },
      onMessageDelete: (messageId, channelId) => {
        catchUp.onMessageDelete(messageId, channelId);
      },
      onSession: (session) => {
        catchUp.onSession(session);
      },
      onInteraction: (interaction) => {
        dispatcher.dispatch(interaction);
      },
    },
    onFatal,
    log,
  });

  const tools = overrides.tools ?? builtInTools;
  const { directory } = gateway;
  const botUserId = (): string => gateway.botUser().id;
  const model = overrides.model ?? createConfiguredModel(config, log);
  const channels = createChannelReader({ directory, rest: budget });
  const reactions = createReactions({ budget, directory, log });
  const titles = createThreadTitles({ model, budget, log });
  const threads = createThreads({ budget, directory, titles, log });
  const settings = createSettingsStore({ store: storage.namespace('settings'), log });
  const overload = createBotOverload(config, budget, log);
  const runs = createRunService({
    agent: { model, tools, limits: config.agent },
    services: { facts, channels, now: Date.now, random: Math.random },
    conversations,
    toPrompt: (run, memory, files) => {
      return toPrompt({ run, ...memory, files, botName: gateway.botUser().name, now: Date.now() });
    },
    toQuestion,
    readAttachments: createAttachments(config, budget, log),
    completeQuotes: createQuoteChain({ rest: budget, directory, botUserId, log }),
    observer: toObserver(metrics),
    log,
    limits: config.runs,
    overload,
    store: createRunStore({ table: storage.runs, log }),
    answers: createAnswers({ store: storage.namespace('answers'), log }),
    replies: withWaitingReactions(
      createReplyFactory({
        budget,
        applicationId: () => gateway.applicationId(),
        controls: toAnswerButtons,
        log,
      }),
      {
        reactions,
      },
    ),
  });
  const intake = createIntake({
    runs,
    botUserId,
    messageContent: config.discord.messageContentIntent,
    settings,
    threads,
    onAdmission: (run, { kind }) => {
      if (kind === 'steered') reactions.add(run, '↪️');
    },
    log,
  });
  const catchUp = createCatchUp({
    cursors: storage.runs,
    rest: budget,
    directory,
    botUserId,
    door: intake,
    log,
  });
  const startedAt = Date.now();
  const dispatcher = createDispatcher({
    commands,
    context: {
      runs,
      intake,
      conversations,
      facts,
      settings,
      threads,
      messageContent: config.discord.messageContentIntent,
      history: channels,
      models: config.model.choices,
      status: (signal) => toStatus(gateway, storage, startedAt, signal),
    },
    rest: budget,
    directory,
    botUserId,
    log,
  });

  metrics.observeRuns(() => ({ pending: runs.pending, active: runs.active }));
  metrics.observeHeartbeat(() => gateway.readiness().heartbeatAgeMs);
  return {
    storage,
    conversations,
    metrics,
    budget,
    startGate: createStartGate({
      store: storage.namespace('starts'),
      maxStarts: config.discord.maxStarts,
      log,
    }),
    gateway,
    catchUp,
    overload,
    runs,
    titles,
    dispatcher,
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

function createConfiguredModel(config: Config, log: Log): Model {
  const { apiKey, baseUrl, name, fallbacks, firstTokenTimeoutMs, streamIdleTimeoutMs } = config.model;
  return createModel({
    providers: [
      { apiKey, baseUrl, model: name },
      ...fallbacks.map((fallback) => ({ ...fallback, model: fallback.name })),
    ],
    firstTokenTimeoutMs,
    streamIdleTimeoutMs,
    maxConcurrentCalls: config.runs.maxConcurrent,
    // Stays the same between starts, and says nothing of the token.
    userHashKey: createHmac('sha256', config.discord.token).update('user ids').digest('hex'),
    log,
  });
}

function toObserver(metrics: Metrics): RunObserver {
  return {
    firstText: metrics.recordFirstText,
    toolCall: ({ name, isError, durationMs }) => {
      metrics.recordTool(name, isError ? 'error' : 'ok', durationMs);
    },
    ended: ({ kind }, agent, ms) => {
      metrics.recordRun(kind, ms);
      if (agent) metrics.recordTokens(agent.usage);
    },
    refused: () => {
      metrics.recordRun('refused');
    },
  };
}

async function toStatus(
  gateway: Gateway,
  storage: Storage,
  startedAt: number,
  signal: AbortSignal,
): Promise<BotStatus> {
  const isStoreAvailable = await storage.ping(signal).then(
    () => true,
    () => false,
  );
  const { ready, pingMs } = gateway.readiness();
  const uptimeMs = Date.now() - startedAt;
  return { version: packageJson.version, uptimeMs, isConnected: ready, pingMs, isStoreAvailable };
}

function createReadinessOf({ gateway, storage }: Services, config: Config) {
  return createReadiness(
    {
      gateway: () => {
        const { ready, heartbeatAgeMs } = gateway.readiness();
        return { ok: ready, detail: `last heartbeat ${Math.round(heartbeatAgeMs)} ms ago` };
      },
      store: async (signal) => {
        await storage.ping(signal);
        return { ok: true, detail: 'answers' };
      },
    },
    config.store.timeoutMs,
  );
}

/** Of the grace period, what is kept back for showing the last outcomes and writing what is waiting. */
const deliveryShare = 0.25;

async function stopServices(services: Services, graceMs: number): Promise<void> {
  const { gateway, catchUp, titles, dispatcher, runs, budget, conversations, http, metrics, storage } =
    services;
  await gateway.stop();
  await catchUp.stop();
  titles.close();
  await dispatcher.idle();
  const deliveryMs = graceMs * deliveryShare;
  await runs.drain(graceMs - deliveryMs, deliveryMs);
  await budget.drain(1_000);
  budget.close();
  await conversations.flush();
  await http?.stop();
  metrics.stop();
  services.overload.stop();
  await storage.close();
}
