import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreUnavailableError, TimeoutError } from '../errors.ts';
import type { SqliteRequest, SqliteResult } from './sqlite-worker.ts';

/** Calls that may wait for the worker; more are refused at once. */
const MAX_QUEUED_CALLS = 50_000;
/** Calls that share a transaction: few enough that copying them to the worker does not hold up the event loop. */
const MAX_BATCH_CALLS = 1_000;
/** So many calls are not made to wait for more. */
const FULL_BATCH_CALLS = 32;
/** Batches that may follow each other at once, before the pace holds. */
const BURST_BATCHES = 4;

export interface CallLineOptions {
  /** After which a call is given up. */
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
  readonly givenUpAt: number;
  readonly result: PromiseWithResolvers<unknown>;
}

/**
 * Calls to the worker, in their order, one batch after the other. What is called in one turn of the event loop, or
 * while a batch is under way, shares the next one. However long the worker hangs, a call is given up soon after its
 * time, so that nothing piles up; if it was not sent yet it never will be. Every failure is a StoreUnavailableError.
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
      const cause = new Error('Too many calls wait for the store');
      return Promise.reject(new StoreUnavailableError(request.name, cause));
    }
    const result = Promise.withResolvers<unknown>();
    this.#queued.push({ request, givenUpAt: performance.now() + this.#options.timeoutMs, result });
    this.#working ??= this.#work();
    if (isUrgent || this.#queued.length >= FULL_BATCH_CALLS) this.#options.pace?.hurry();
    return result.promise;
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
      if (call.givenUpAt <= now) {
        reject(call, new TimeoutError(`the store's ${call.request.name}`, this.#options.timeoutMs));
      }
    }
    this.#queued = this.#queued.filter(({ givenUpAt }) => givenUpAt > now);
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
  call.result.reject(new StoreUnavailableError(call.request.name, cause));
}

/**
 * Spaces batches out while one follows the other, so that more calls share a transaction, its wait for the disk and
 * its way to the worker and back. A few in a row are not held up, nor is one that is hurried.
 */
export class BatchPace {
  readonly #intervalMs: number;
  readonly #now: () => number;
  /** When the batches so far are paid for. */
  #paidAt = -Infinity;
  #isHurried = false;
  #end: (() => void) | undefined;

  constructor(intervalMs: number, now: () => number = () => performance.now()) {
    this.#intervalMs = intervalMs;
    this.#now = now;
  }

  /** Resolves when the next batch may go. */
  async wait(): Promise<void> {
    const waitMs = this.#paidAt - this.#now();
    if (waitMs > 0 && !this.#isHurried) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const now = this.#now();
    // One that was hurried is not paid for beyond the interval: the next one would wait for both.
    this.#paidAt =
      Math.max(Math.min(this.#paidAt, now), now - BURST_BATCHES * this.#intervalMs) + this.#intervalMs;
    this.#end = undefined;
    this.#isHurried = false;
  }

  /** The next batch goes at once, whether its wait is under way or not. */
  hurry(): void {
    this.#isHurried = true;
    this.#end?.();
  }
}
