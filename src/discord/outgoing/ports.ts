import type { OutgoingRequest, Priority, Sender, Ticket } from './outgoing-request.ts';

/** The one way out to Discord's REST: see docs/decisions/0002-outgoing-budget.md. */
export interface OutgoingBudget {
  submit(request: OutgoingRequest): Ticket;
  /** `submit(request).result` */
  send(request: OutgoingRequest): Promise<unknown>;
  /** An answer is asked for; call the returned function when it is complete. */
  openAnswer(): () => void;
  /** Counts a request that another client makes; call the returned function when it is answered. */
  readonly countForeign: (route: string) => () => void;
  /**
   * How much of the global window is free of answers and requests, from 0 to 1: what may be spent on showing an answer
   * sooner than it is complete.
   */
  spareShare(): number;
  /** Little is left over: nothing that is only nice to see should be added. */
  isUnderLoad(): boolean;
  snapshot(): OutgoingSnapshot;
  /** Resolves with whether everything was sent and answered within `timeoutMs`. */
  drain(timeoutMs: number): Promise<boolean>;
  /** Rejects what waits (`outgoing-closed`) and all that comes later. */
  close(): void;
}

export interface OutgoingSnapshot {
  readonly waiting: Readonly<Record<Priority, number>>;
  readonly buckets: number;
  /** 401, 403 and 429 of the last ten minutes. */
  readonly invalidRequests: number;
  readonly isBreakerOpen: boolean;
}

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
  /** A clock that never goes back, ms. */
  readonly now?: () => number;
  readonly random?: () => number;
}
