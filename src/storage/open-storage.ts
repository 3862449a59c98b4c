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
  if (url === 'memory://') return openMemoryStorage({ timeoutMs });
  const path = toStorePath(url);
  if (path !== undefined) {
    const onWarning = (message: string): void => {
      log?.warn({ component: 'store' }, message);
    };
    return openSqliteStorage({ path, timeoutMs, onWarning });
  }
  const [scheme = ''] = url.split('://');
  // Not the whole URL: it may hold a password.
  throw new SwitchboardError(
    'unsupported-store',
    `No store for a URL that begins with "${scheme}:". Supported are sqlite://PATH ` +
      '(such as sqlite://data/switchboard.db) and memory:// (kept only while the program runs).',
    { context: { scheme } },
  );
}

/**
 * The absolute path in `sqlite://PATH`, where PATH is relative to the working directory unless it begins with `/`.
 * Undefined for every other URL.
 */
export function toStorePath(url: string): string | undefined {
  const [, path] = /^sqlite:\/\/(.+)$/s.exec(url) ?? [];
  return path === undefined ? undefined : resolve(path);
}
