import { Refusal, variable } from './env-variable.ts';

const defaultStore = 'sqlite://data/switchboard.db';

/** STORE_URL. May hold a password, so it is not repeated. */
export const storeUrl = variable<string>(defaultStore, (text) => {
  const [, scheme = '', path = ''] = /^([a-z]+):\/\/(.*)$/.exec(text) ?? [];
  switch (scheme) {
    case 'memory':
      return 'memory://';
    case 'sqlite':
      if (path !== '' && path !== ':memory:') return text;
      return new Refusal('names no file', `Set ${defaultStore}, or memory:// to keep nothing.`);
    case 'redis':
    case 'rediss':
    case 'postgres':
    case 'postgresql':
      return new Refusal(
        `names a ${scheme}:// store, which Switchboard cannot use yet`,
        `Set ${defaultStore} for now.`,
      );
    default:
      return new Refusal(
        'is not a store address',
        'Set sqlite://path/to/file.db, or memory:// to keep nothing.',
      );
  }
});
