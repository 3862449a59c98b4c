import type { AgentEvent } from '../../agent/ports.ts';
import type { Delivery, OpenReplyOptions, Reply, ReplyFactory, RunOutcome } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

export interface LateRepliesOptions {
  readonly budget: Pick<OutgoingBudget, 'isUnderLoad'>;
  /** Somebody so near is shown at once that they wait (100). */
  readonly nearPositions?: number;
  /** Whoever is farther back, after so long and while Discord has room for it, ms (3,000). */
  readonly farDelayMs?: number;
  /** epoch ms */
  readonly now?: () => number;
}

interface Shared {
  readonly replies: ReplyFactory;
  readonly budget: Pick<OutgoingBudget, 'isUnderLoad'>;
  readonly nearPositions: number;
  readonly farDelayMs: number;
  readonly now: () => number;
}

const NEAR_POSITIONS = 100;
const FAR_DELAY_MS = 3_000;

/**
 * Opens a reply when there is something to show. So a run far back in the line is hardly more than its record, as long
 * as there is no room to tell its person anything.
 */
export function withLateReplies(replies: ReplyFactory, options: LateRepliesOptions): ReplyFactory {
  const { budget, nearPositions = NEAR_POSITIONS, farDelayMs = FAR_DELAY_MS, now = Date.now } = options;
  const shared: Shared = { replies, budget, nearPositions, farDelayMs, now };
  return {
    // The token of an interaction has to be kept alive from the beginning.
    open: (run, openOptions) =>
      run.origin.kind === 'interaction'
        ? replies.open(run, openOptions)
        : new LateReply(shared, run, openOptions),
    refuse: (run, reason) => replies.refuse(run, reason),
    remove: (run, messageIds) => replies.remove(run, messageIds),
  };
}

class LateReply implements Reply {
  readonly #shared: Shared;
  #run: Run;
  readonly #options: OpenReplyOptions | undefined;
  #waitingSince: number | undefined;
  #reply: Reply | undefined;

  constructor(shared: Shared, run: Run, options: OpenReplyOptions | undefined) {
    this.#shared = shared;
    this.#run = run;
    this.#options = options;
  }

  waiting(position: number): void {
    if (this.#reply || this.#isToBeShown(position)) this.#open().waiting(position);
  }

  restart(run: Run): void {
    this.#run = run;
    this.#reply?.restart(run);
  }

  started(): void {
    this.#open().started();
  }

  suspend(): void {
    this.#reply?.suspend();
  }

  onEvent(event: AgentEvent): void {
    this.#open().onEvent(event);
  }

  finish(outcome: RunOutcome): Promise<Delivery> {
    return this.#open().finish(outcome);
  }

  #isToBeShown(position: number): boolean {
    const { budget, nearPositions, farDelayMs, now } = this.#shared;
    if (position <= nearPositions) return true;
    this.#waitingSince ??= now();
    return now() - this.#waitingSince >= farDelayMs && !budget.isUnderLoad();
  }

  #open(): Reply {
    return (this.#reply ??= this.#shared.replies.open(this.#run, this.#options));
  }
}
