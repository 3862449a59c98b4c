import { Worker } from 'node:worker_threads';
import { SwitchboardError, TimeoutError } from '../errors.ts';
import type { CountResult, CountTask } from './token-worker.ts';

export interface TokenizerThreadOptions {
  /** For one count, the start of the thread included; after it the thread is given up. */
  readonly timeoutMs?: number;
  /** A thread without work for so long ends and gives its memory back. */
  readonly idleTimeoutMs?: number;
  readonly startWorker?: () => Worker;
}

export interface TokenizerThread {
  /**
   * Tokens of each text. Rejects with the signal's reason on abort, and where the thread fails or takes too long;
   * the next count starts a new one then.
   */
  count(texts: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
  readonly isRunning: boolean;
}

interface Task {
  readonly resolve: (counts: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULTS = { timeoutMs: 5_000, idleTimeoutMs: 300_000 } as const satisfies TokenizerThreadOptions;

/**
 * A tokenizer in a thread of its own: loading one blocks its thread for half a second and takes some 80 MB. The
 * thread starts with the first count and never keeps the process alive.
 */
export function createTokenizerThread(options: TokenizerThreadOptions = {}): TokenizerThread {
  const { timeoutMs, idleTimeoutMs } = { ...DEFAULTS, ...options };
  const tasks = new Map<number, Task>();
  let worker: Worker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let lastId = 0;

  const end = (error: unknown): void => {
    const ended = worker;
    worker = undefined;
    clearTimeout(idleTimer);
    for (const { reject } of tasks.values()) reject(error);
    tasks.clear();
    ended?.removeAllListeners();
    // A thread that cannot even be ended has nobody left to tell.
    ended?.on('error', () => undefined);
    ended?.terminate().catch(() => undefined);
  };

  const start = (): Worker => {
    const started = (options.startWorker ?? startTokenWorker)();
    started.unref();
    started.on('message', ({ id, counts }: CountResult) => {
      tasks.get(id)?.resolve(counts);
      idleTimer?.refresh();
    });
    started.on('error', end);
    started.on('exit', (code) => {
      end(new SwitchboardError('tokenizer', `The tokenizer's thread ended with code ${code}`));
    });
    idleTimer = setTimeout(() => {
      end(new SwitchboardError('tokenizer', "The tokenizer's thread was ended"));
    }, idleTimeoutMs).unref();
    return started;
  };

  return {
    async count(texts, signal) {
      signal.throwIfAborted();
      worker ??= start();
      idleTimer?.refresh();
      lastId += 1;
      const task: CountTask = { id: lastId, texts };
      const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
      const timer = setTimeout(() => {
        end(new TimeoutError('Counting tokens', timeoutMs));
      }, timeoutMs);
      const onAbort = (): void => {
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      tasks.set(task.id, { resolve, reject });
      try {
        worker.postMessage(task);
        return await promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        tasks.delete(task.id);
      }
    },
    get isRunning() {
      return worker !== undefined;
    },
  };
}

function startTokenWorker(): Worker {
  return new Worker(new URL('./token-worker.ts', import.meta.url), { execArgv: [] });
}
