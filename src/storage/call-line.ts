import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreUnavailableError, TimeoutError } from '../errors.ts';
import type { BatchPace } from './batch-pace.ts';
import type { SqliteRequest, SqliteResult } from './sqlite-protocol.ts';

/** Calls that may wait for the worker; more are refused at once. */
const MAX_QUEUED_CALLS = 50_000;
/** Calls that share a transaction: few enough that copying them to the worker does not hold up the event loop. */
const MAX_BATCH_CALLS = 1_000;
/** So many calls are not made to wait for more. */
const FULL_BATCH_CALLS = 32;

export interface CallLineOptions {
  /** Each call's deadline. */
  readonly timeoutMs: number;
  /** Runs a batch. Rejects where its outcome is unknown. */
  readonly send: (requests: readonly SqliteRequest[]) => Promise<readonly SqliteResult[]>;
  /** Spaces batches out; without it each goes as soon as the one before it is answered. */
  readonly pace?: BatchPace;
  /** Whether the worker is there, so that it can be spared. */
  readonly isSpaced: () => boolean;
}

interface Call {
  readonly request: SqliteRequest;
  readonly deadline: number;
  readonly result: PromiseWithResolvers<unknown>;
}

/**
 * Calls to the worker, in their order, one batch after the other. What is called in one turn of the event loop, or
 * while a batch is under way, shares the next one. A call that runs past its deadline rejects; if it was not sent yet
 * it never will be. Every failure is a StoreUnavailableError.
 */
export class CallLine {
  readonly #options: CallLineOptions;
  #queued: Call[] = [];
  #sent: Call[] = [];
  #working: Promise<void> | undefined;

  constructor(options: CallLineOptions) {
    this.#options = options;
  }

  /** `isUrgent`: it waits for nothing but the batch under way. */
  run(request: SqliteRequest, isUrgent: boolean): Promise<unknown> {
    if (this.#queued.length >= MAX_QUEUED_CALLS) {
      return Promise.reject(unavailable(request.name, new Error('Too many calls wait for the store')));
    }
    const result = Promise.withResolvers<unknown>();
    this.#queued.push({ request, deadline: performance.now() + this.#options.timeoutMs, result });
    this.#working ??= this.#work();
    if (isUrgent || this.#queued.length >= FULL_BATCH_CALLS) this.#options.pace?.hurry();
    return result.promise;
  }

  /** Resolves when nothing waits and nothing is under way. Never rejects. */
  async idle(): Promise<void> {
    this.#options.pace?.hurry();
    await this.#working;
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    const { pace, isSpaced, timeoutMs } = this.#options;
    const expiry = setInterval(() => {
      this.#expire();
    }, timeoutMs / 4);
    while (this.#queued.length > 0) {
      await nextTurn();
      if (isSpaced()) await pace?.wait();
      this.#sent = this.#queued.splice(0, MAX_BATCH_CALLS);
      await this.#runSent();
      if (this.#queued.length >= FULL_BATCH_CALLS) pace?.hurry();
    }
    clearInterval(expiry);
    this.#working = undefined;
  }

  async #runSent(): Promise<void> {
    try {
      settle(this.#sent, await this.#options.send(this.#sent.map(({ request }) => request)));
    } catch (error) {
      for (const call of [...this.#sent, ...this.#queued.splice(0)]) reject(call, error);
    }
    this.#sent = [];
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

export function unavailable(operation: string, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(operation, cause);
}
