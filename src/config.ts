import { z } from 'zod';
import { parseFallbackModels, parseModelNames, type FallbackModel } from './config/model-lists.ts';
import { parseAttachmentOrigins, parseGuildIds, parseHostNames } from './config/name-lists.ts';
import { discordToken, logLevel, openaiKey, storeUrl } from './config/special-variables.ts';
import {
  apiUrl,
  boolean,
  durationMs,
  integer,
  InvalidValue,
  variable,
  type Environment,
} from './config/variable.ts';
import { SwitchboardError } from './errors.ts';

export type { LogLevel } from './config/special-variables.ts';
export type { Environment } from './config/variable.ts';

/** Everything an operator can set, checked and deep-frozen. Read once, at the start. */
export type Config = Frozen<ReturnType<typeof toConfig>>;

export interface ConfigProblem {
  readonly name: string;
  readonly problem: string;
  readonly remedy: string;
}

/** Carries every problem at once, so that they can be mended at once. Its message never repeats a secret. */
export class ConfigError extends SwitchboardError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ name, problem, remedy }) => `  ${name} ${problem}\n    → ${remedy}`);
    super('config', `Switchboard cannot start with this configuration:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

const discordApi = 'https://discord.com/api';
const discordFiles = ['https://cdn.discordapp.com', 'https://media.discordapp.net'] as const;

/** Which variables must be set depends on the model server. */
function environmentSchema(hasOwnServer: boolean, env: Environment) {
  return z.object({
    DISCORD_TOKEN: discordToken,
    DISCORD_API_URL: apiUrl(discordApi, discordApi),
    ATTACHMENT_HOSTS: variable<readonly string[]>(discordFiles, parseAttachmentOrigins),
    DISCORD_REQUESTS_PER_SECOND: integer(50, 1, 1_000_000),
    MAX_STARTS: integer(5, 1, 10_000),
    MESSAGE_CONTENT_INTENT: boolean(false),
    ALLOWED_GUILDS: variable<readonly string[]>([], parseGuildIds),
    OPENAI_API_KEY: openaiKey(!hasOwnServer),
    OPENAI_BASE_URL: apiUrl(undefined, 'http://127.0.0.1:11434/v1'),
    OPENAI_MODEL: variable<string>(
      hasOwnServer
        ? new InvalidValue(
            'is missing',
            'Name a model that the server in OPENAI_BASE_URL offers, such as qwen3:8b.',
          )
        : 'gpt-5-mini',
      (text) => text,
    ),
    OPENAI_MODELS: variable<readonly string[]>([], parseModelNames),
    OPENAI_FALLBACK_MODELS: variable<readonly FallbackModel[]>([], (text) => parseFallbackModels(text, env)),
    CONTEXT_WINDOW_TOKENS: integer(16_000, 1_000, 10_000_000),
    FIRST_TOKEN_TIMEOUT_MS: durationMs(60_000),
    STREAM_IDLE_TIMEOUT_MS: durationMs(30_000),
    MAX_STEPS: integer(8, 1, 100),
    MAX_PARALLEL_TOOL_CALLS: integer(8, 1, 100),
    TOOL_TIMEOUT_MS: durationMs(20_000),
    STEP_TIMEOUT_MS: durationMs(180_000),
    RUN_TIMEOUT_MS: durationMs(300_000),
    MAX_CONCURRENT_RUNS: integer(64, 1, 100_000),
    MAX_CONCURRENT_RUNS_PER_USER: integer(2, 1, 100_000),
    MAX_PENDING_RUNS: integer(1_000, 1, 1_000_000),
    MAX_PENDING_RUNS_PER_USER: integer(5, 1, 1_000_000),
    MAX_RUNS_PER_DAY: integer(2_000, 0, 1_000_000_000),
    MAX_RUNS_PER_USER_PER_DAY: integer(200, 0, 1_000_000_000),
    MAX_EVENT_LOOP_DELAY_MS: durationMs(250),
    STORE_URL: storeUrl,
    STORE_TIMEOUT_MS: durationMs(5_000),
    HTTP_HOST: variable('127.0.0.1', (text) => text),
    HTTP_ALLOWED_HOSTS: variable<readonly string[]>([], parseHostNames),
    HTTP_PORT: integer(8080, 0, 65_535),
    SHUTDOWN_GRACE_MS: durationMs(20_000, 0),
    LOG_LEVEL: logLevel,
  });
}

type Settings = z.infer<ReturnType<typeof environmentSchema>>;

/** Every variable that Switchboard reads. */
export const configVariables: readonly string[] = Object.keys(environmentSchema(false, {}).shape);

/** Throws ConfigError with every problem. */
export function parseConfig(env: Environment): Config {
  const result = environmentSchema(namesOwnServer(env['OPENAI_BASE_URL']), env).safeParse(env);
  if (result.success) return deepFreeze(toConfig(result.data));
  throw new ConfigError(toProblems(result.error));
}

/** Where the store is, alone: its care needs no token. Throws ConfigError. */
export function parseStoreUrl(env: Environment): string {
  const result = z.object({ STORE_URL: storeUrl }).safeParse(env);
  if (result.success) return result.data.STORE_URL;
  throw new ConfigError(toProblems(result.error));
}

/** The configuration of this process. */
export function readConfig(): Config {
  return parseConfig(process.env);
}

/** Where this process keeps its store. Throws ConfigError. */
export function readStoreUrl(): string {
  return parseStoreUrl(process.env);
}

function toProblems(error: z.ZodError): ConfigProblem[] {
  return error.issues.map((issue) => ({
    name: issue.path.join('.'),
    problem: issue.message,
    remedy: issue.code === 'custom' ? String(issue.params?.['remedy']) : '',
  }));
}

function namesOwnServer(baseUrl: string | undefined): boolean {
  const text = baseUrl?.trim() ?? '';
  return text !== '' && URL.parse(text)?.hostname !== 'api.openai.com';
}

function toConfig(env: Settings) {
  const ownServer = { apiKey: env.OPENAI_API_KEY, baseUrl: env.OPENAI_BASE_URL };
  const fallbacks = env.OPENAI_FALLBACK_MODELS.map(({ name, server = ownServer }) => ({ ...server, name }));
  return {
    discord: {
      token: env.DISCORD_TOKEN,
      /** Without the version, as discord.js's `rest.api`. */
      apiUrl: env.DISCORD_API_URL,
      /** Where files of messages are fetched from: `https://cdn.discordapp.com`. */
      attachmentOrigins: env.ATTACHMENT_HOSTS,
      requestsPerSecond: env.DISCORD_REQUESTS_PER_SECOND,
      /** Starts within five minutes after which the bot waits before it logs in. */
      maxStarts: env.MAX_STARTS,
      messageContentIntent: env.MESSAGE_CONTENT_INTENT,
      /** Guilds in which the bot answers; empty: all. */
      allowedGuilds: env.ALLOWED_GUILDS,
    },
    model: {
      /** The key is absent where another server than OpenAI's is named and asks for none, the address for OpenAI itself. */
      ...ownServer,
      name: env.OPENAI_MODEL,
      /** What people may ask for; the first is `name`. */
      choices: [...new Set([env.OPENAI_MODEL, ...env.OPENAI_MODELS])],
      /** Asked in this order where the model cannot be reached. */
      fallbacks,
      firstTokenTimeoutMs: env.FIRST_TOKEN_TIMEOUT_MS,
      streamIdleTimeoutMs: env.STREAM_IDLE_TIMEOUT_MS,
    },
    /** Matches AgentLimits. */
    agent: {
      maxSteps: env.MAX_STEPS,
      maxParallelToolCalls: env.MAX_PARALLEL_TOOL_CALLS,
      toolTimeoutMs: env.TOOL_TIMEOUT_MS,
      stepTimeoutMs: env.STEP_TIMEOUT_MS,
      runTimeoutMs: env.RUN_TIMEOUT_MS,
      /** The context window less what is kept free for the answer. */
      maxInputTokens: env.CONTEXT_WINDOW_TOKENS - Math.min(4_096, Math.floor(env.CONTEXT_WINDOW_TOKENS / 4)),
    },
    runs: {
      maxConcurrent: env.MAX_CONCURRENT_RUNS,
      maxConcurrentPerUser: env.MAX_CONCURRENT_RUNS_PER_USER,
      maxPending: env.MAX_PENDING_RUNS,
      maxPendingPerUser: env.MAX_PENDING_RUNS_PER_USER,
    },
    /** Questions in a day (UTC); 0: as many as come. */
    daily: { max: env.MAX_RUNS_PER_DAY, maxPerUser: env.MAX_RUNS_PER_USER_PER_DAY },
    /** Mean delay of the event loop beyond which nothing new is taken. */
    maxEventLoopDelayMs: env.MAX_EVENT_LOOP_DELAY_MS,
    /** `url`: `sqlite://PATH` or `memory://`. */
    store: { url: env.STORE_URL, timeoutMs: env.STORE_TIMEOUT_MS },
    /** `allowedHosts`: names by which it is called, beside addresses and names of this machine and its network. */
    http: { host: env.HTTP_HOST, port: env.HTTP_PORT, allowedHosts: env.HTTP_ALLOWED_HOSTS },
    log: {
      level: env.LOG_LEVEL,
      /** Values that must never appear in a log. */
      secrets: [
        env.DISCORD_TOKEN,
        env.OPENAI_API_KEY,
        ...passwordOf(env.DISCORD_API_URL),
        ...passwordOf(env.OPENAI_BASE_URL),
        ...fallbacks.flatMap(({ apiKey, baseUrl }) => [apiKey, ...passwordOf(baseUrl)]),
      ].filter((secret) => secret !== undefined),
    },
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  };
}

/** A password written into an address, as it stands there and decoded. */
function passwordOf(url: string | undefined): string[] {
  const password = url === undefined ? '' : (URL.parse(url)?.password ?? '');
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    // Not percent-encoded: it stands as it is.
    return [password];
  }
}

type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;

function deepFreeze<T>(value: T): Frozen<T> {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value as Frozen<T>;
}
