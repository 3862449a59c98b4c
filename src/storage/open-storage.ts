import { resolve } from 'node:path';
import { SwitchboardError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import { openMemoryStorage } from './memory-storage.ts';
import type { Storage } from './ports.ts';
import { openSqliteStorage } from './sqlite-storage.ts';

const DEFAULT_TIMEOUT_MS = 5_000;

export interface OpenStorageOptions {
  /** `sqlite://PATH`, relative to the working directory unless PATH begins with `/`; or `memory://`. */
  readonly url: string;
  /** Deadline of each call; 5 s by default. */
  readonly timeoutMs?: number;
  readonly log?: Pick<Log, 'warn'>;
}

/**
 * Opens the store that a URL names, creating what does not exist yet. Throws SwitchboardError `unsupported-store`
 * or `store-too-new`, and StoreUnavailableError where it cannot be opened.
 */
export async function openStorage({
  url,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  log,
}: OpenStorageOptions): Promise<Storage> {
  const [scheme = '', ...rest] = url.split('://');
  const path = rest.join('://');
  if (scheme === 'memory' && path === '') return openMemoryStorage({ timeoutMs });
  if (scheme === 'sqlite' && path !== '') {
    const onWarning = (message: string): void => {
      log?.warn({ component: 'store' }, message);
    };
    return openSqliteStorage({ path: resolve(path), timeoutMs, onWarning });
  }
  // Not the whole URL: it may hold a password.
  throw new SwitchboardError(
    'unsupported-store',
    `No store for a URL that begins with "${scheme}:". Supported are sqlite://PATH ` +
      '(such as sqlite://data/switchboard.db) and memory:// (kept only while the program runs).',
    { context: { scheme } },
  );
}
