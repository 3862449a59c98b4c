import { SwitchboardError } from './errors.ts';
import type { Log } from './observability/log.ts';

/** What the process needs of the app. */
export interface Startable {
  /** Resolves once the bot answers. Rejects with an error whose message is one clear line for the operator. */
  start(): Promise<void>;
  /** Ends intake, finishes or cancels runs, flushes. May be called at any time, also during `start`. */
  stop(): Promise<void>;
}

export interface LifecycleOptions {
  /** `onFatal` is for failures after the start that no retry can mend, such as a token that was withdrawn. */
  readonly createApp: (onFatal: (error: unknown) => void) => Startable;
  readonly log: Log;
  /** Takes one plain line for a person at the terminal. */
  readonly report: (line: string) => void;
  /** How long `stop` may take. Past it, and some time to flush, the process ends anyway. */
  readonly shutdownGraceMs: number;
  readonly host: ProcessHost;
}

/** The part of Node's `process` that is used here. */
export interface ProcessHost {
  on(event: 'SIGTERM' | 'SIGINT', listener: (signal: 'SIGTERM' | 'SIGINT') => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

const flushAllowanceMs = 5_000;
const exitCodes = { ok: 0, failed: 1, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs the app until a signal or a failure ends it. SIGTERM or SIGINT drains and exits 0, a second one exits at
 * once; a failure to start, a fatal error and anything that nobody caught drain and exit 1.
 */
export async function runApp(options: LifecycleOptions): Promise<void> {
  const { createApp, log, report, shutdownGraceMs, host } = options;
  let exitCode = exitCodes.ok as number;
  let ending: Promise<void> | undefined;

  const end = (code: number): Promise<void> => {
    exitCode = Math.max(exitCode, code);
    ending ??= drain().then(() => {
      host.exit(exitCode);
    });
    return ending;
  };

  const drain = async (): Promise<void> => {
    const late = setTimeout(() => {
      log.fatal({ shutdownGraceMs }, 'the app did not stop in time');
      host.exit(exitCodes.failed);
    }, shutdownGraceMs + flushAllowanceMs);
    try {
      await app.stop();
      log.info('stopped');
    } catch (error) {
      log.fatal({ err: error }, 'the app did not stop cleanly');
      exitCode = exitCodes.failed;
    } finally {
      clearTimeout(late);
    }
  };

  const fail = async (error: unknown, message: string): Promise<void> => {
    if (error instanceof SwitchboardError) {
      log.fatal({ code: error.code, context: error.context }, error.message);
      report(error.message);
    } else {
      log.fatal({ err: error }, message);
      report(`${message}: ${error instanceof Error ? error.message : 'see the log'}`);
    }
    await end(exitCodes.failed);
  };

  /** For listeners, which cannot wait. */
  const settle = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      log.fatal({ err: error }, 'the shutdown failed');
      host.exit(exitCodes.failed);
    });
  };

  const onSignal = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (ending !== undefined) {
      log.warn({ signal }, 'a second signal: ending at once');
      host.exit(exitCodes[signal]);
      return;
    }
    log.info({ signal }, 'stopping');
    settle(end(exitCodes.ok));
  };

  const app = createApp((error) => {
    settle(fail(error, 'The bot cannot go on'));
  });
  host.on('SIGTERM', onSignal);
  host.on('SIGINT', onSignal);
  host.on('uncaughtException', (error) => {
    settle(fail(error, 'An error that nobody caught'));
  });
  host.on('unhandledRejection', (error) => {
    settle(fail(error, 'A rejection that nobody handled'));
  });

  try {
    await app.start();
  } catch (error) {
    if (ending === undefined) await fail(error, 'The bot could not start');
  }
}
