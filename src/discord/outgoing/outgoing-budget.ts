import { createEntry } from './entry.ts';
import type { Entry } from './entry.ts';
import { toNextStep } from './next-step.ts';
import type { RetryOptions } from './next-step.ts';
import { PRIORITIES } from './outgoing-request.ts';
import type {
  OutgoingRequest,
  Priority,
  RequestBody,
  SendResult,
  Sender,
  Ticket,
  WireRequest,
} from './outgoing-request.ts';
import type { OutgoingBudget, OutgoingSnapshot } from './ports.ts';
import { SendPermission } from './send-permission.ts';
import { Scheduler } from './scheduler.ts';
import { toRank } from './window-share.ts';

export type { OutgoingBudget } from './ports.ts';

export interface OutgoingBudgetOptions {
  readonly sender: Sender;
  /** The bot's global limit (50 unless Discord raised it). */
  readonly requestsPerSecond: number;
  /**
   * `budgeted` (default) paces by the learnt limits. `every-second` is what bots without a budget do: nothing is
   * held back before a 429 says so; for comparison in benchmarks.
   */
  readonly edits?: 'budgeted' | 'every-second';
  /** Once, at the first 401 of the bot's own token. */
  readonly onUnauthorized?: () => void;
  /** Invalid requests (401, 403, 429) in ten minutes at which everything is stopped (1,000). */
  readonly breakerThreshold?: number;
  readonly maxAttempts?: number;
  readonly deadlineMs?: number;
  /** A clock that never goes back, ms. */
  readonly now?: () => number;
  readonly random?: () => number;
}

const DEFAULT_MAX_ATTEMPTS = 5;
const DEFAULT_DEADLINE_MS = 60_000;
const DEFAULT_BREAKER_THRESHOLD = 1000;

export function createOutgoingBudget(options: OutgoingBudgetOptions): OutgoingBudget {
  return new Budget(options);
}

class Budget implements OutgoingBudget {
  readonly #options: OutgoingBudgetOptions;
  readonly #now: () => number;
  readonly #scheduler: Scheduler;
  readonly #permission: SendPermission;
  readonly #retry: RetryOptions;
  readonly #delayed = new Set<Entry>();
  readonly #idleWaiters = new Set<() => void>();
  #open = 0;
  #inFlight = 0;

  constructor(options: OutgoingBudgetOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#permission = new SendPermission(
      options.breakerThreshold ?? DEFAULT_BREAKER_THRESHOLD,
      options.onUnauthorized,
    );
    this.#retry = {
      maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
      deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
      random: options.random ?? Math.random,
    };
    this.#scheduler = new Scheduler({
      requestsPerSecond: options.requestsPerSecond,
      isPaced: options.edits !== 'every-second',
      now: this.#now,
      start: (entry) => this.#start(entry),
    });
  }

  submit(request: OutgoingRequest): Ticket {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const entry = createEntry(request, { resolve, reject });
    this.#open += 1;
    this.#admit(entry);
    return {
      result: promise,
      raise: (priority) => {
        this.#raise(entry, toRank(priority));
      },
    };
  }

  send(request: OutgoingRequest): Promise<unknown> {
    return this.submit(request).result;
  }

  openAnswer(): () => void {
    return this.#scheduler.openAnswer();
  }

  readonly countForeign = (route: string): (() => void) => this.#scheduler.countForeign(route);

  spareShare(): number {
    return this.#scheduler.spareShare;
  }

  isUnderLoad(): boolean {
    const waitingTexts = toRank('read');
    return (
      this.#scheduler.windowUsed >= this.#options.requestsPerSecond / 2 ||
      this.#scheduler.waiting.some(
        (count, rank) => rank < waitingTexts && count > this.#options.requestsPerSecond,
      )
    );
  }

  snapshot(): OutgoingSnapshot {
    const now = this.#now();
    const waiting = Object.fromEntries(
      PRIORITIES.map((priority, rank) => [priority, this.#scheduler.waiting[rank] ?? 0]),
    ) as Record<Priority, number>;
    return {
      waiting,
      inFlight: this.#inFlight,
      windowUsed: this.#scheduler.windowUsed,
      buckets: this.#scheduler.buckets,
      invalidRequests: this.#permission.invalidRequests(now),
      isBreakerOpen: this.#permission.isBreakerOpen(now),
    };
  }

  async drain(timeoutMs: number): Promise<boolean> {
    if (this.#open === 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, timeoutMs, false);
    const onIdle = (): void => {
      resolve(true);
    };
    this.#idleWaiters.add(onIdle);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#idleWaiters.delete(onIdle);
    }
  }

  close(): void {
    this.#permission.close();
    const reason = this.#permission.refusal(this.#now());
    for (const entry of [...this.#scheduler.clear(), ...this.#delayed]) this.#reject(entry, reason);
  }

  #admit(entry: Entry): void {
    const { signal } = entry.request;
    const refusal = this.#permission.refusal(this.#now());
    if (refusal) {
      this.#reject(entry, refusal);
    } else if (signal?.aborted) {
      this.#reject(entry, signal.reason);
    } else {
      if (signal) {
        entry.onAbort = () => {
          this.#abort(entry);
        };
        signal.addEventListener('abort', entry.onAbort, { once: true });
      }
      this.#wait(entry, 'back');
    }
  }

  #wait(entry: Entry, where: 'back' | 'front'): void {
    entry.state = 'waiting';
    this.#scheduler.add(entry, where);
  }

  #raise(entry: Entry, rank: number): void {
    if (rank >= entry.rank || entry.state === 'settled') return;
    if (entry.state !== 'waiting') {
      entry.rank = rank;
      return;
    }
    this.#scheduler.remove(entry);
    entry.rank = rank;
    this.#wait(entry, 'back');
  }

  #abort(entry: Entry): void {
    if (entry.state === 'waiting') {
      this.#scheduler.remove(entry);
    } else if (entry.state !== 'delayed') return;
    this.#reject(entry, entry.request.signal?.reason);
  }

  /** Called by the scheduler when it is this entry's turn. */
  #start(entry: Entry): boolean {
    const refusal = this.#permission.refusal(this.#now());
    if (refusal) {
      this.#reject(entry, refusal);
      return false;
    }
    let body: RequestBody | null | undefined;
    try {
      body = entry.sentBody ?? (entry.request.body ? entry.request.body() : undefined);
    } catch (error) {
      this.#reject(entry, error);
      return false;
    }
    if (body === null) {
      this.#settle(entry);
      entry.resolve(undefined);
      return false;
    }
    entry.sentBody = body;
    this.#attempt(entry, {
      method: entry.request.method,
      path: entry.request.path,
      ...(entry.request.query ? { query: entry.request.query } : {}),
      body,
    });
    return true;
  }

  #attempt(entry: Entry, wire: WireRequest): void {
    entry.firstSentAt ??= this.#now();
    entry.state = 'in-flight';
    entry.attempts += 1;
    this.#inFlight += 1;
    this.#options.sender.send(wire).then(
      (result) => {
        this.#answered(entry, result);
      },
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error(String(error));
        this.#answered(entry, { kind: 'failed', error: failure, mayHaveArrived: true });
      },
    );
  }

  /** Settles the entry, or makes it wait again. */
  #answered(entry: Entry, result: SendResult): void {
    this.#inFlight -= 1;
    this.#permission.observe(result, entry.route.isExempt, this.#now());
    if (result.kind === 'rate-limited') entry.timesRateLimited += 1;
    const step = toNextStep(entry, result, this.#now(), this.#retry);
    const limits = 'limits' in result ? result.limits : undefined;
    const pause = result.kind === 'rate-limited' ? result.pause : undefined;
    if (step.do === 'again') {
      this.#scheduler.finished(entry, { limits, pause });
      this.#later(entry, step.delayMs, step.pinBody);
      return;
    }
    this.#settle(entry);
    if (step.do === 'resolve') entry.resolve(step.data);
    else entry.reject(step.error);
    this.#scheduler.finished(entry, { limits, pause });
  }

  /** Another attempt, the first of its rank, once `delayMs` are over. */
  #later(entry: Entry, delayMs: number, pinBody: boolean): void {
    entry.isBodyPinned ||= pinBody;
    if (!entry.isBodyPinned) entry.sentBody = undefined;
    entry.state = 'delayed';
    this.#delayed.add(entry);
    if (delayMs === 0 || entry.request.signal?.aborted || this.#permission.isClosed) this.#again(entry);
    else {
      entry.retryTimer = setTimeout(() => {
        this.#again(entry);
      }, delayMs);
    }
  }

  #again(entry: Entry): void {
    this.#delayed.delete(entry);
    const refusal = this.#permission.refusal(this.#now());
    if (refusal) this.#reject(entry, refusal);
    else if (entry.request.signal?.aborted) this.#reject(entry, entry.request.signal.reason);
    else this.#wait(entry, 'front');
  }

  #reject(entry: Entry, reason: unknown): void {
    this.#settle(entry);
    entry.reject(reason);
  }

  #settle(entry: Entry): void {
    if (entry.onAbort) entry.request.signal?.removeEventListener('abort', entry.onAbort);
    clearTimeout(entry.retryTimer);
    this.#delayed.delete(entry);
    entry.state = 'settled';
    this.#open -= 1;
    if (this.#open > 0) return;
    for (const onIdle of this.#idleWaiters) onIdle();
  }
}
