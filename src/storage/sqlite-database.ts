import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { StoreUnavailableError, TimeoutError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import { BatchPace } from './batch-pace.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type {
  InputOf,
  OutputOf,
  SqliteOperationName,
  SqliteRequest,
  SqliteResult,
  SqliteWorkerData,
} from './sqlite-protocol.ts';

/** Calls that may wait for the worker; more are refused at once. */
const MAX_QUEUED_CALLS = 50_000;
/** Calls that share a transaction: few enough that copying them to the worker does not hold up the event loop. */
const MAX_BATCH_CALLS = 1_000;
/** Under load a batch follows the last after so long, or as soon as so many calls wait. */
const BATCH_INTERVAL_MS = 16;
const FULL_BATCH_CALLS = 32;
const MIN_RESTART_DELAY_MS = 100;
const MAX_RESTART_DELAY_MS = 30_000;

export interface SqliteDatabaseOptions {
  /** Absolute. */
  readonly path: string;
  /** Each call's deadline. */
  readonly timeoutMs: number;
  readonly purgeIntervalMs: number;
  readonly onWarning: (message: string) => void;
  /** Starts the thread; replaced by tests that need to stop it. */
  readonly createWorker?: (data: SqliteWorkerData) => Worker;
}

interface Call {
  readonly request: SqliteRequest;
  readonly deadline: number;
  readonly result: PromiseWithResolvers<unknown>;
}

/** Opens the file in a worker thread. Throws as SqliteConnection.open does. */
export async function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
  const database = new SqliteDatabase(options);
  await database.connect();
  return database;
}

/**
 * Calls operations in the worker, in the order of the calls. What is called in one turn of the event loop, or while
 * the worker is at work, shares the next transaction. A call that runs past its deadline rejects; if it was not
 * sent yet it never will be. A worker that died is started again by the next call, with growing pauses between
 * starts while it keeps failing. Every failure is a StoreUnavailableError.
 */
export class SqliteDatabase {
  readonly #options: SqliteDatabaseOptions;
  #connection: SqliteConnection | undefined;
  readonly #pace = new BatchPace(BATCH_INTERVAL_MS);
  #queued: Call[] = [];
  #sent: Call[] = [];
  #working: Promise<void> | undefined;
  #failures = 0;
  #nextStart = 0;
  #isClosed = false;

  constructor(options: SqliteDatabaseOptions) {
    this.#options = options;
  }

  /** `isUrgent`: it waits for nothing but the batch under way. */
  run<Name extends SqliteOperationName>(
    name: Name,
    input: InputOf<Name>,
    { isUrgent = false } = {},
  ): Promise<OutputOf<Name>> {
    if (this.#isClosed) return Promise.reject(unavailable(name, new Error('The store is closed')));
    if (this.#queued.length >= MAX_QUEUED_CALLS) {
      return Promise.reject(unavailable(name, new Error('Too many calls wait for the store')));
    }
    const result = Promise.withResolvers<unknown>();
    this.#queued.push({
      request: { name, input },
      deadline: performance.now() + this.#options.timeoutMs,
      result,
    });
    this.#working ??= this.#work();
    if (isUrgent || this.#queued.length >= FULL_BATCH_CALLS) this.#pace.hurry();
    return result.promise as Promise<OutputOf<Name>>;
  }

  /** The open connection, or a new one. */
  async connect(): Promise<SqliteConnection> {
    if (this.#connection && !this.#connection.hasEnded) return this.#connection;
    const { path, timeoutMs, purgeIntervalMs, onWarning, createWorker = startWorker } = this.#options;
    if (performance.now() < this.#nextStart) throw new Error('The worker of the store has just failed');
    try {
      // Half, so that the calls behind one that waits for a lock still have time.
      const worker = createWorker({ path, busyTimeoutMs: timeoutMs / 2, purgeIntervalMs });
      this.#connection = await SqliteConnection.open(worker, onWarning);
    } catch (error) {
      this.#delayNextStart();
      throw error;
    }
    return this.#connection;
  }

  /** Answers what was called before, then closes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pace.hurry();
    const { timeoutMs, onWarning } = this.#options;
    try {
      await withDeadline('the last calls', timeoutMs, undefined, () => this.#working ?? Promise.resolve());
    } catch (error) {
      onWarning(String(error));
    }
    await this.#connection?.close(timeoutMs);
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    const expiry = setInterval(() => {
      this.#expire();
    }, this.#options.timeoutMs / 4);
    while (this.#queued.length > 0) {
      await nextTurn();
      // Without a connection there is nothing to spare.
      const isSpaced = this.#connection?.hasEnded === false && !this.#isClosed;
      if (isSpaced) await this.#pace.wait();
      this.#sent = this.#queued.splice(0, MAX_BATCH_CALLS);
      await this.#runSent();
      if (this.#queued.length >= FULL_BATCH_CALLS) this.#pace.hurry();
    }
    clearInterval(expiry);
    this.#working = undefined;
  }

  async #runSent(): Promise<void> {
    try {
      const connection = await this.connect();
      settle(this.#sent, await this.#send(connection));
    } catch (error) {
      for (const call of [...this.#sent, ...this.#queued.splice(0)]) reject(call, error);
    }
    this.#sent = [];
  }

  async #send(connection: SqliteConnection): Promise<readonly SqliteResult[]> {
    try {
      const results = await connection.send(this.#sent.map(({ request }) => request));
      this.#failures = 0;
      return results;
    } catch (error) {
      this.#delayNextStart();
      throw error;
    }
  }

  /** The first new start after a time of health is made at once. */
  #delayNextStart(): void {
    const delayMs =
      this.#failures === 0
        ? 0
        : Math.min(MIN_RESTART_DELAY_MS * 2 ** (this.#failures - 1), MAX_RESTART_DELAY_MS);
    this.#nextStart = performance.now() + delayMs;
    this.#failures += 1;
  }

  #expire(): void {
    const now = performance.now();
    for (const call of [...this.#sent, ...this.#queued]) {
      if (call.deadline <= now) {
        reject(call, new TimeoutError(`the store's ${call.request.name}`, this.#options.timeoutMs));
      }
    }
    this.#queued = this.#queued.filter(({ deadline }) => deadline > now);
  }
}

function startWorker(workerData: SqliteWorkerData): Worker {
  return new Worker(new URL('./sqlite-worker.ts', import.meta.url), { workerData, execArgv: [] });
}

function settle(calls: readonly Call[], results: readonly SqliteResult[]): void {
  for (const [index, call] of calls.entries()) {
    const result = results[index];
    if (result?.ok) call.result.resolve(result.output);
    else reject(call, new Error(result?.error ?? 'The worker gave no result'));
  }
}

function reject(call: Call, cause: unknown): void {
  call.result.reject(unavailable(call.request.name, cause));
}

function unavailable(operation: string, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(operation, cause);
}
