import type { Worker } from 'node:worker_threads';
import { StoreUnavailableError, SwitchboardError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import type { FromWorker, SqliteRequest, SqliteResult, ToWorker } from './sqlite-worker.ts';

/** Longer than a call may take: a migration of a large file happens here. */
const OPEN_TIMEOUT_MS = 60_000;

/**
 * One worker thread with one open file, until either side ends it. Keeps the process alive only while it opens,
 * answers or closes.
 */
export class SqliteConnection {
  readonly #worker: Worker;
  readonly #onWarning: (message: string) => void;
  readonly #opened: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #exited: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Of the batches under way, in their order. */
  readonly #answers: PromiseWithResolvers<readonly SqliteResult[]>[] = [];
  #hasEnded = false;

  private constructor(worker: Worker, onWarning: (message: string) => void) {
    this.#worker = worker;
    this.#onWarning = onWarning;
    worker.on('message', (message: FromWorker) => {
      this.#receive(message);
    });
    worker.on('error', (error: Error) => {
      this.#end(error);
    });
    worker.on('exit', () => {
      this.#end(new Error('The worker of the store ended'));
      this.#exited.resolve();
    });
  }

  /** Throws SwitchboardError `store-too-new`, or StoreUnavailableError where the file cannot be opened. */
  static async open(worker: Worker, onWarning: (message: string) => void): Promise<SqliteConnection> {
    const connection = new SqliteConnection(worker, onWarning);
    try {
      await withDeadline('opening the store', OPEN_TIMEOUT_MS, undefined, () => connection.#opened.promise);
    } catch (error) {
      connection.#terminate();
      if (error instanceof SwitchboardError && error.code === 'store-too-new') throw error;
      throw new StoreUnavailableError('open', error);
    }
    worker.unref();
    return connection;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Runs a batch after those under way. Rejects if the worker ends first: the outcome is then unknown. */
  async send(requests: readonly SqliteRequest[]): Promise<readonly SqliteResult[]> {
    if (this.#hasEnded) throw new Error('The worker of the store has ended');
    const answer = Promise.withResolvers<readonly SqliteResult[]>();
    this.#answers.push(answer);
    this.#worker.ref();
    this.#post({ kind: 'batch', requests });
    return answer.promise;
  }

  /** Lets a batch under way end, closes the file and ends the thread; by force after `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#hasEnded) return;
    this.#worker.ref();
    this.#post({ kind: 'close' });
    try {
      await withDeadline('closing the store', timeoutMs, undefined, () => this.#exited.promise);
    } catch (error) {
      this.#onWarning(String(error));
      this.#terminate();
    }
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#opened.resolve();
        break;
      case 'refused':
        this.#opened.reject(new SwitchboardError(message.code, message.message));
        break;
      case 'results':
        this.#answers.shift()?.resolve(message.results);
        if (this.#answers.length === 0) this.#worker.unref();
        break;
      case 'warning':
        this.#onWarning(message.message);
        break;
    }
  }

  #end(reason: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#opened.reject(reason);
    for (const answer of this.#answers.splice(0)) answer.reject(reason);
  }

  /** A thread that hangs in a call of the system ends only with the process, which it must not hold up. */
  #terminate(): void {
    this.#end(new Error('The worker of the store was stopped'));
    this.#worker.unref();
    this.#worker.terminate().catch((error: unknown) => {
      this.#onWarning(String(error));
    });
  }
}
