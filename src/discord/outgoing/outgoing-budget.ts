import { settlesWithin } from '../../lib/abort.ts';
import { Buckets } from './buckets.ts';
import { createEntry, toNextStep } from './entry.ts';
import type { Entry } from './entry.ts';
import { GlobalWindow } from './global-window.ts';
import { PRIORITIES, toRank } from './outgoing-request.ts';
import type {
  OutgoingRequest,
  Priority,
  RequestBody,
  SendResult,
  Sender,
  Ticket,
} from './outgoing-request.ts';
import type { OutgoingBudget, OutgoingBudgetOptions, OutgoingSnapshot } from './ports.ts';
import { SendPermission } from './send-permission.ts';

export type { OutgoingBudget } from './ports.ts';

export function createOutgoingBudget(options: OutgoingBudgetOptions): OutgoingBudget {
  return new Budget(options);
}

/** From top to bottom: a request is submitted, chosen, sent, and what comes after the answer. */
class Budget implements OutgoingBudget {
  readonly #sender: Sender;
  readonly #requestsPerSecond: number;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #permission: SendPermission;
  readonly #window: GlobalWindow;
  readonly #buckets: Buckets;
  /** All that are not settled, wherever they are. */
  readonly #entries = new Set<Entry>();
  #isChoosing = false;
  /** Resolves when nothing is left; made when somebody waits for that. */
  #idle: PromiseWithResolvers<undefined> | undefined;
  #wakeTimer: NodeJS.Timeout | undefined;

  constructor({
    sender,
    requestsPerSecond,
    edits,
    now = () => performance.now(),
    ...options
  }: OutgoingBudgetOptions) {
    const isPaced = edits !== 'every-second';
    this.#sender = sender;
    this.#requestsPerSecond = requestsPerSecond;
    this.#now = now;
    this.#random = options.random ?? Math.random;
    this.#permission = new SendPermission(options.breakerThreshold, options.onUnauthorized);
    this.#window = new GlobalWindow(requestsPerSecond, isPaced);
    this.#buckets = new Buckets({
      isPaced,
      now,
      onReady: () => {
        this.#sendAll();
      },
    });
  }

  submit(request: OutgoingRequest): Ticket {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const entry = createEntry(request, { resolve, reject });
    this.#entries.add(entry);
    if (request.signal) {
      entry.onAbort = () => {
        // What is on the wire is let finish: its effect is unknown.
        if (entry.state !== 'in-flight') this.#reject(entry, request.signal?.reason);
      };
      request.signal.addEventListener('abort', entry.onAbort, { once: true });
    }
    this.#admit(entry, 'back');
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

  #admit(entry: Entry, where: 'back' | 'front'): void {
    const { signal } = entry.request;
    const refusal = this.#permission.refusal(this.#now());
    if (refusal) this.#reject(entry, refusal);
    else if (signal?.aborted) this.#reject(entry, signal.reason);
    else {
      entry.state = 'waiting';
      this.#buckets.add(entry, where);
      this.#sendAll();
    }
  }

  #raise(entry: Entry, rank: number): void {
    if (rank >= entry.rank) return;
    if (entry.state !== 'waiting') {
      entry.rank = rank;
      return;
    }
    this.#buckets.remove(entry);
    entry.rank = rank;
    this.#buckets.add(entry, 'back');
    this.#sendAll();
  }

  /** Sends what may go now. */
  #sendAll(): void {
    // To make a body may submit another request.
    if (this.#isChoosing) return;
    this.#isChoosing = true;
    try {
      for (let entry = this.#choose(); entry; entry = this.#choose()) this.#start(entry);
    } finally {
      this.#isChoosing = false;
    }
  }

  /** The best rank first; within a rank the buckets take turns. */
  #choose(): Entry | undefined {
    const exempt = this.#buckets.firstExempt();
    if (exempt) return exempt;
    let isHeldBack = false;
    for (let rank = 0; rank < PRIORITIES.length; rank += 1) {
      const entry = this.#buckets.first(rank);
      if (!entry) continue;
      if (this.#window.isOpen(rank, this.#now())) return entry;
      isHeldBack = true;
    }
    if (isHeldBack) this.#wakeWithWindow();
    return undefined;
  }

  #wakeWithWindow(): void {
    const now = this.#now();
    const at = this.#window.opensAt(now);
    if (at === undefined) return;
    clearTimeout(this.#wakeTimer);
    this.#wakeTimer = setTimeout(
      () => {
        this.#sendAll();
      },
      Math.max(1, Math.ceil(at - now)),
    );
  }

  /** Sends an entry, unless it turns out that there is nothing to send. */
  #start(entry: Entry): void {
    const { method, path, query } = entry.request;
    const now = this.#now();
    this.#bindBody(entry);
    if (entry.state !== 'waiting') return;
    this.#buckets.sent(entry, now);
    if (!entry.route.isExempt) entry.slot = this.#window.take(entry.route.template, now);
    entry.state = 'in-flight';
    entry.firstSentAt ??= now;
    entry.attempts += 1;
    this.#sender.send({ method, path, ...(query && { query }), body: entry.sentBody }).then(
      (result) => {
        this.#answered(entry, result);
      },
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error(String(error));
        this.#answered(entry, { kind: 'failed', error: failure, mayHaveArrived: true });
      },
    );
  }

  /** The newest body, or that of the last attempt where it must be the same; settles an entry that needs none. */
  #bindBody(entry: Entry): void {
    const refusal = this.#permission.refusal(this.#now());
    if (refusal) {
      this.#reject(entry, refusal);
      return;
    }
    let body: RequestBody | null | undefined;
    try {
      body = entry.sentBody ?? entry.request.body?.();
    } catch (error) {
      this.#reject(entry, error);
      return;
    }
    if (body !== null) entry.sentBody = body;
    else this.#resolve(entry, undefined);
  }

  /** Learns from the answer, and settles the entry or has it tried again. */
  #answered(entry: Entry, result: SendResult): void {
    const now = this.#now();
    const { isExempt } = entry.route;
    this.#permission.observe(result, isExempt, now);
    if (entry.slot) this.#window.release(entry.slot, now);
    entry.slot = undefined;
    let pauseMs: number | undefined;
    if (result.kind === 'rate-limited') {
      entry.timesRateLimited += 1;
      if (result.pause.scope === 'bucket' || isExempt) pauseMs = result.pause.retryAfterMs;
      else this.#window.pause(result.pause.retryAfterMs, now);
    }
    this.#buckets.answered(entry, 'limits' in result ? result.limits : undefined, pauseMs, now);
    const step = toNextStep(entry, result, now, this.#random);
    if (step.do === 'resolve') this.#resolve(entry, step.data);
    else if (step.do === 'reject') this.#reject(entry, step.error);
    else this.#tryAgain(entry, step.delayMs, step.pinBody);
    this.#sendAll();
  }

  /** Another attempt, the first of its rank, once `delayMs` are over. */
  #tryAgain(entry: Entry, delayMs: number, pinBody: boolean): void {
    entry.isBodyPinned ||= pinBody;
    if (!entry.isBodyPinned) entry.sentBody = undefined;
    entry.state = 'delayed';
    if (delayMs === 0 || entry.request.signal?.aborted || this.#permission.isClosed) {
      this.#admit(entry, 'front');
      return;
    }
    entry.retryTimer = setTimeout(() => {
      this.#admit(entry, 'front');
    }, delayMs);
  }

  #resolve(entry: Entry, data: unknown): void {
    this.#settle(entry);
    entry.resolve(data);
  }

  #reject(entry: Entry, reason: unknown): void {
    this.#settle(entry);
    entry.reject(reason);
  }

  /** Takes an entry out, wherever it is. */
  #settle(entry: Entry): void {
    if (entry.state === 'waiting') this.#buckets.remove(entry);
    entry.state = 'settled';
    clearTimeout(entry.retryTimer);
    if (entry.onAbort) entry.request.signal?.removeEventListener('abort', entry.onAbort);
    this.#entries.delete(entry);
    if (this.#entries.size > 0) return;
    this.#idle?.resolve(undefined);
    this.#idle = undefined;
  }

  openAnswer(): () => void {
    return this.#window.openAnswer();
  }

  readonly countForeign = (route: string): (() => void) => {
    const slot = this.#window.take(route, this.#now());
    return () => {
      this.#window.release(slot, this.#now());
      this.#sendAll();
    };
  };

  spareShare(): number {
    return this.#window.spareShare(this.#now());
  }

  isUnderLoad(): boolean {
    const reads = toRank('read');
    return (
      this.#window.used(this.#now()) >= this.#requestsPerSecond / 2 ||
      this.#buckets.waiting.some((count, rank) => rank < reads && count > this.#requestsPerSecond)
    );
  }

  snapshot(): OutgoingSnapshot {
    const now = this.#now();
    const waiting = Object.fromEntries(
      PRIORITIES.map((priority, rank) => [priority, this.#buckets.waiting[rank] ?? 0]),
    ) as Record<Priority, number>;
    return {
      waiting,
      buckets: this.#buckets.size,
      invalidRequests: this.#permission.invalidRequests(now),
      isBreakerOpen: this.#permission.isBreakerOpen(now),
    };
  }

  async drain(timeoutMs: number): Promise<boolean> {
    if (this.#entries.size === 0) return true;
    this.#idle ??= Promise.withResolvers();
    return settlesWithin(this.#idle.promise, timeoutMs);
  }

  close(): void {
    this.#permission.close();
    clearTimeout(this.#wakeTimer);
    this.#buckets.close();
    const reason = this.#permission.refusal(this.#now());
    for (const entry of this.#entries) {
      if (entry.state !== 'in-flight') this.#reject(entry, reason);
    }
  }
}
