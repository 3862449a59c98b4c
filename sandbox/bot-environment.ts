import type { Environment } from '../src/config.ts';

/** What the sandbox decides itself, whatever stands in the environment: it must never touch a real bot or its data. */
export interface BotEnvironmentOptions {
  readonly token: string;
  readonly apiUrl: string;
  readonly storeUrl: string;
  /** Of the scripted model; absent where the environment names a real one. */
  readonly scriptedModelUrl?: string;
  /** What the caller wants otherwise than the product's defaults. */
  readonly overrides?: Environment;
}

/** The environment that the bot would be started with, so that the sandbox runs through the same configuration. */
export function toBotEnvironment(outer: Environment, options: BotEnvironmentOptions): Environment {
  const model =
    options.scriptedModelUrl === undefined
      ? {}
      : { OPENAI_BASE_URL: options.scriptedModelUrl, OPENAI_API_KEY: 'scripted', OPENAI_MODEL: 'scripted' };
  return {
    LOG_LEVEL: 'warn',
    // Nobody waits long for a sandbox to end.
    SHUTDOWN_GRACE_MS: '2000',
    // Discord and the model share the event loop here, so that its delay says little about the bot.
    MAX_EVENT_LOOP_DELAY_MS: '10000',
    // A crowd asks more in a minute than people in a day.
    MAX_RUNS_PER_DAY: '0',
    MAX_RUNS_PER_USER_PER_DAY: '0',
    ...outer,
    ...model,
    DISCORD_TOKEN: options.token,
    DISCORD_API_URL: options.apiUrl,
    ATTACHMENT_HOSTS: new URL(options.apiUrl).origin,
    STORE_URL: options.storeUrl,
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    ...options.overrides,
  };
}

/** Whether the environment names a model to talk to. */
export function namesRealModel(environment: Environment): boolean {
  return [environment['OPENAI_API_KEY'], environment['OPENAI_BASE_URL']].some(
    (value) => value !== undefined && value.trim() !== '',
  );
}
