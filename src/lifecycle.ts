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

type TerminationSignal = 'SIGTERM' | 'SIGINT';

/** The part of Node's `process` that is used here. */
export interface ProcessHost {
  on(event: TerminationSignal, listener: (signal: TerminationSignal) => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

const flushAllowanceMs = 5_000;
const exitCodes = { ok: 0, failed: 1, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs the app until a signal or a failure ends it. SIGTERM or SIGINT drains and exits 0, a second one exits at
 * once; a failure to start, a fatal error and anything that nobody caught drain and exit 1. Resolves when the app
 * has started or failed to.
 */
export async function runApp(options: LifecycleOptions): Promise<void> {
  await new Lifecycle(options).run();
}

class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #app: Startable;
  #exitCode: number = exitCodes.ok;
  #ending: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#app = options.createApp((error) => {
      this.#failLater(error, 'The bot cannot go on');
    });
  }

  async run(): Promise<void> {
    const { host } = this.#options;
    const onSignal = (signal: TerminationSignal): void => {
      this.#onSignal(signal);
    };
    host.on('SIGTERM', onSignal);
    host.on('SIGINT', onSignal);
    host.on('uncaughtException', (error) => {
      this.#failLater(error, 'An error that nobody caught');
    });
    host.on('unhandledRejection', (error) => {
      this.#failLater(error, 'A rejection that nobody handled');
    });
    try {
      await this.#app.start();
    } catch (error) {
      // A start that was interrupted by a signal did not fail.
      if (this.#ending === undefined) await this.#fail(error, 'The bot could not start');
    }
  }

  #onSignal(signal: TerminationSignal): void {
    const { log, host } = this.#options;
    if (this.#ending === undefined) {
      log.info({ signal }, 'stopping');
      this.#endLater(exitCodes.ok);
    } else {
      log.warn({ signal }, 'a second signal: ending at once');
      host.exit(exitCodes[signal]);
    }
  }

  #failLater(error: unknown, what: string): void {
    this.#explain(error, what);
    this.#endLater(exitCodes.failed);
  }

  async #fail(error: unknown, what: string): Promise<void> {
    this.#explain(error, what);
    await this.#end(exitCodes.failed);
  }

  #explain(error: unknown, what: string): void {
    const { log, report } = this.#options;
    if (error instanceof SwitchboardError) {
      log.fatal({ code: error.code, context: error.context, cause: error.cause }, error.message);
      report(error.message);
    } else {
      log.fatal({ err: error }, what);
      report(`${what}: ${error instanceof Error ? error.message : 'see the log'}`);
    }
  }

  /** For listeners, which cannot wait. */
  #endLater(code: number): void {
    this.#end(code).catch((error: unknown) => {
      this.#options.log.fatal({ err: error }, 'the shutdown failed');
      this.#options.host.exit(exitCodes.failed);
    });
  }

  #end(code: number): Promise<void> {
    this.#exitCode = Math.max(this.#exitCode, code);
    this.#ending ??= this.#drain().then(() => {
      this.#options.host.exit(this.#exitCode);
    });
    return this.#ending;
  }

  async #drain(): Promise<void> {
    const { log, shutdownGraceMs, host } = this.#options;
    const late = setTimeout(() => {
      log.fatal({ shutdownGraceMs }, 'the app did not stop in time');
      host.exit(exitCodes.failed);
    }, shutdownGraceMs + flushAllowanceMs);
    try {
      await this.#app.stop();
      log.info('stopped');
    } catch (error) {
      log.fatal({ err: error }, 'the app did not stop cleanly');
      this.#exitCode = exitCodes.failed;
    } finally {
      clearTimeout(late);
    }
  }
}
