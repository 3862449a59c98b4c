import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../src/config.ts';

const MAIN = fileURLToPath(new URL('../../src/start.js', import.meta.url));
/** Of the log of all processes together; the oldest lines go first. */
const MAX_LOG_LINES = 20_000;
const START_TIMEOUT_MS = 60_000;

/** How a process ended. */
export interface BotExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The bot as an operator runs it: one process after the other on the same store. */
export interface BotProcess {
  /** A process is there, whatever its state. */
  readonly isRunning: boolean;
  /** It has said that it is ready for questions. */
  readonly isReady: boolean;
  /** Lines that the processes logged, oldest first. */
  readonly log: readonly string[];
  /** Starts a process. Resolves when it is ready for questions; rejects where it ends before. */
  start(): Promise<void>;
  /** No-op where none runs. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when no process is there (any more). */
  exited(): Promise<BotExit | undefined>;
  /** `kill -9` and away. */
  kill(): Promise<void>;
}

export interface BotProcessOptions {
  readonly environment: Environment;
  /** Where relative paths of the environment begin. */
  readonly directory: string;
  readonly onExit?: (exit: BotExit) => void;
  /** Told each line of the log. */
  readonly onLine?: (line: string) => void;
}

export function createBotProcess(options: BotProcessOptions): BotProcess {
  const log: string[] = [];
  let child: ChildProcess | undefined;
  let isReady = false;
  let exit: Promise<BotExit | undefined> = Promise.resolve(undefined);

  const keep = (line: string): void => {
    log.push(line);
    options.onLine?.(line);
    if (log.length > MAX_LOG_LINES) log.shift();
  };

  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [MAIN], {
      env: { ...options.environment },
      cwd: options.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const { promise: ready, resolve: onReady, reject: onFailed } = Promise.withResolvers<undefined>();
    exit = new Promise((resolve) => {
      started.once('exit', (code, signal) => {
        child = undefined;
        isReady = false;
        onFailed(new Error(`The bot ended before it was ready (${String(code ?? signal)})`));
        options.onExit?.({ code, signal });
        resolve({ code, signal });
      });
    });
    eachLine(started, (line) => {
      keep(line);
      if (!line.includes('"msg":"ready"')) return;
      isReady = true;
      onReady(undefined);
    });
    const late = setTimeout(() => {
      onFailed(new Error('The bot was not ready in time'));
    }, START_TIMEOUT_MS);
    try {
      await ready;
    } finally {
      clearTimeout(late);
    }
  };

  return {
    get isRunning() {
      return child !== undefined;
    },
    get isReady() {
      return isReady;
    },
    log,
    start,
    signal(signal) {
      child?.kill(signal);
    },
    exited: () => exit,
    async kill() {
      child?.kill('SIGKILL');
      await exit;
    },
  };
}

function eachLine({ stdout, stderr }: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [stdout, stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
  }
}
