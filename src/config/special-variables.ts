import { InvalidValue, isPlainKey, variable } from './variable.ts';

/** DISCORD_TOKEN. Never repeated. */
export const discordToken = variable<string>(
  new InvalidValue(
    'is missing',
    'Copy the token from https://discord.com/developers/applications → your application → Bot → Reset Token.',
  ),
  (text) => {
    if (/^["'`]|["'`]$/.test(text)) {
      return new InvalidValue('is written in quotes', 'Write the token alone, without quotes.');
    }
    if (/^bot\s/i.test(text)) return new InvalidValue('begins with "Bot "', 'Write the token alone.');
    if (!/^[\x21-\x7e]+$/.test(text)) {
      return new InvalidValue('has spaces or characters that no token has', 'Copy the token again, whole.');
    }
    return text;
  },
);

/** OPENAI_API_KEY. Never repeated. */
export function openaiKey(isRequired: boolean) {
  return variable<string | undefined>(
    isRequired
      ? new InvalidValue(
          'is missing',
          'Set a key from https://platform.openai.com/api-keys, or name another server in OPENAI_BASE_URL.',
        )
      : undefined,
    (text) =>
      isPlainKey(text)
        ? text
        : new InvalidValue('has spaces, quotes or characters that no key has', 'Write the key alone.'),
  );
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logLevel = variable<LogLevel>(
  'info',
  (text) =>
    logLevels.find((level) => level === text.toLowerCase()) ??
    new InvalidValue(`is "${text}"`, `Set one of ${logLevels.join(', ')}.`),
);

const defaultStore = 'sqlite://data/switchboard.db';

/** STORE_URL. May hold a password, so it is not repeated. */
export const storeUrl = variable<string>(defaultStore, (text) => {
  const [, scheme = '', path = ''] = /^([a-z]+):\/\/(.*)$/.exec(text) ?? [];
  switch (scheme) {
    case 'memory':
      return 'memory://';
    case 'sqlite':
      if (path !== '' && path !== ':memory:') return text;
      return new InvalidValue('names no file', `Set ${defaultStore}, or memory:// to keep nothing.`);
    case 'redis':
    case 'rediss':
    case 'postgres':
    case 'postgresql':
      return new InvalidValue(
        `names a ${scheme}:// store, which Switchboard cannot use yet`,
        `Set ${defaultStore} for now.`,
      );
    default:
      return new InvalidValue(
        'is not a store address',
        'Set sqlite://path/to/file.db, or memory:// to keep nothing.',
      );
  }
});
