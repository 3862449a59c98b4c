import { pino } from 'pino';
import { createApp, type App, type AppOverrides } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { toBotEnvironment } from '../../sandbox/bot-environment.ts';
import { startDiscord } from '../../sandbox/discord/server.ts';
import type { SimulatedDiscord, SimulatorEvent, SimulatorOptions } from '../../sandbox/discord/types.ts';
import { startModelServer } from '../../sandbox/model/server.ts';
import type { ModelScript, ScriptedModelServer } from '../../sandbox/model/types.ts';

export interface BotOptions {
  readonly script: ModelScript;
  readonly overrides?: AppOverrides;
  readonly environment?: Readonly<Record<string, string>>;
  readonly storeUrl?: string;
  readonly discord?: SimulatorOptions;
}

/** The whole bot over real sockets, on a Discord and a model server of the test's own. */
export interface Bot extends AsyncDisposable {
  readonly discord: SimulatedDiscord;
  readonly model: ScriptedModelServer;
  readonly mention: string;
  app: App;
  /** Another process of the same bot, not yet started. */
  open(): App;
  /** Stops the bot and starts another on the same Discord and store. */
  restart(): Promise<void>;
  /** Resolves with the bot's answer to that message once `isWhole` holds for its text. */
  answerTo(messageId: string, isWhole?: (text: string) => boolean, timeoutMs?: number): Promise<Answer>;
}

export interface Answer {
  readonly id: string;
  readonly text: string;
  /** ms since the epoch at which it stood there whole. */
  readonly at: number;
}

const hasText = (text: string): boolean => text !== '';

export async function startBot(options: BotOptions): Promise<Bot> {
  const discord = await startDiscord({ rateLimits: 'off', ...options.discord });
  const model = await startModelServer({ script: options.script });
  const config = parseConfig(
    toBotEnvironment(
      {},
      {
        token: discord.token,
        apiUrl: discord.apiUrl,
        storeUrl: options.storeUrl ?? 'memory://',
        scriptedModelUrl: model.baseUrl,
        ...(options.environment && { overrides: options.environment }),
      },
    ),
  );
  const open = (): App => createApp(config, { log: pino({ level: 'silent' }), ...options.overrides });
  const bot: Bot = {
    discord,
    model,
    mention: `<@${discord.botUserId}>`,
    app: open(),
    open,
    async restart() {
      await bot.app.stop();
      bot.app = open();
      await bot.app.start();
    },
    answerTo: (messageId, isWhole = hasText, timeoutMs = 8_000) =>
      waitForAnswer(discord, messageId, isWhole, timeoutMs),
    async [Symbol.asyncDispose]() {
      await bot.app.stop();
      await model.stop();
      await discord.stop();
    },
  };
  await bot.app.start();
  return bot;
}

type Shown = Extract<SimulatorEvent, { type: 'message-create' | 'message-update' }>;

async function waitForAnswer(
  discord: SimulatedDiscord,
  messageId: string,
  isWhole: (text: string) => boolean,
  timeoutMs: number,
): Promise<Answer> {
  const isAnswer = (event: SimulatorEvent): event is Shown =>
    (event.type === 'message-create' || event.type === 'message-update') &&
    event.message.author.id === discord.botUserId &&
    event.message.message_reference?.message_id === messageId &&
    isWhole(event.message.content);
  const { message, at } = await discord.waitFor(isAnswer, timeoutMs);
  return { id: message.id, text: message.content, at };
}
