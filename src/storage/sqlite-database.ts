import { Worker } from 'node:worker_threads';
import { toBackoffMs } from '../lib/backoff.ts';
import { BatchPace, CallLine } from './call-line.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type { InputOf, OutputOf, SqliteOperationName } from './sqlite-operations.ts';
import type { SqliteRequest, SqliteResult, SqliteWorkerData } from './sqlite-worker.ts';

/** Under load a batch follows the last after so long, or as soon as enough calls wait. */
const BATCH_INTERVAL_MS = 16;
const RESTART_DELAY = { minMs: 100, maxMs: 30_000 } as const;
/** Each key's order is kept by whoever calls, so that what somebody waits for need not wait for the pace of writes. */
const UNORDERED: SqliteOperationName = 'kv.get';

export interface SqliteDatabaseOptions {
  /** Absolute. */
  readonly path: string;
  /** After which a call is given up, and how long closing may take. */
  readonly timeoutMs: number;
  readonly purgeIntervalMs: number;
  readonly onWarning: (message: string) => void;
  /** Starts the thread; replaced by tests that need to stop it. */
  readonly createWorker?: (data: SqliteWorkerData) => Worker;
}

/** Opens the file in a worker thread. Throws as SqliteConnection.open does. */
export async function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
  const database = new SqliteDatabase(options);
  await database.connect();
  return database;
}

/**
 * Calls operations in the worker, in the order of the calls, but for entries that are read: these go before what waits.
 * A worker that died is started again by the next call, with growing pauses between starts while it keeps failing.
 * Every failure is a StoreUnavailableError.
 */
export class SqliteDatabase {
  readonly #options: SqliteDatabaseOptions;
  #connection: SqliteConnection | undefined;
  #connecting: Promise<SqliteConnection> | undefined;
  readonly #reads: CallLine;
  readonly #ordered: CallLine;
  #failures = 0;
  #nextStart = 0;
  #isClosed = false;

  constructor(options: SqliteDatabaseOptions) {
    this.#options = options;
    const line = {
      timeoutMs: options.timeoutMs,
      send: (requests: readonly SqliteRequest[]) => this.#send(requests),
      // Without a connection there is nothing to spare.
      isSpaced: () => this.#connection?.hasEnded === false,
    };
    this.#reads = new CallLine(line);
    this.#ordered = new CallLine({ ...line, pace: new BatchPace(BATCH_INTERVAL_MS) });
  }

  /** `isUrgent`: it waits for nothing but the batch under way. */
  run<Name extends SqliteOperationName>(
    name: Name,
    input: InputOf<Name>,
    { isUrgent = false } = {},
  ): Promise<OutputOf<Name>> {
    const line = name === UNORDERED ? this.#reads : this.#ordered;
    return line.run({ name, input }, isUrgent) as Promise<OutputOf<Name>>;
  }

  /** The open connection, or a new one. */
  async connect(): Promise<SqliteConnection> {
    if (this.#connection && !this.#connection.hasEnded) return this.#connection;
    this.#connecting ??= this.#start().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** Lets the batches under way end, then closes. The worker is not started again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close(this.#options.timeoutMs);
  }

  async #start(): Promise<SqliteConnection> {
    const { path, timeoutMs, purgeIntervalMs, onWarning, createWorker = startWorker } = this.#options;
    if (this.#isClosed) throw new Error('The store is closed');
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

  async #send(requests: readonly SqliteRequest[]): Promise<readonly SqliteResult[]> {
    const connection = await this.connect();
    try {
      const results = await connection.send(requests);
      this.#failures = 0;
      return results;
    } catch (error) {
      this.#delayNextStart(connection);
      throw error;
    }
  }

  /** The first new start after a time of health is made at once. `failed`: both lines learn of its end. */
  #delayNextStart(failed?: SqliteConnection): void {
    if (failed && failed !== this.#connection) return;
    this.#connection = undefined;
    const delayMs = this.#failures === 0 ? 0 : toBackoffMs(this.#failures, RESTART_DELAY);
    this.#nextStart = performance.now() + delayMs;
    this.#failures += 1;
  }
}

function startWorker(workerData: SqliteWorkerData): Worker {
  return new Worker(new URL('./sqlite-worker.ts', import.meta.url), { workerData, execArgv: [] });
}
