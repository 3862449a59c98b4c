import type { AgentEvent } from '../../agent/ports.ts';
import type { Delivery, OpenReplyOptions, Reply, ReplyFactory, RunOutcome } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

export interface LateRepliesOptions {
  readonly budget: Pick<OutgoingBudget, 'isUnderLoad' | 'openAnswer'>;
  /** Somebody so near is shown at once that they wait (100). */
  readonly nearPositions?: number;
  /**
   * Farther back nothing is shown (300): places change, and Discord takes some ten notices a second, so that it could
   * not be kept up to date.
   */
  readonly shownPositions?: number;
  /** Whoever is in between sees it after so long, and while Discord has room for it, ms (3,000). */
  readonly farDelayMs?: number;
  /** epoch ms */
  readonly now?: () => number;
}

interface Shared {
  readonly replies: ReplyFactory;
  readonly budget: Pick<OutgoingBudget, 'isUnderLoad' | 'openAnswer'>;
  readonly nearPositions: number;
  readonly shownPositions: number;
  readonly farDelayMs: number;
  readonly now: () => number;
}

const NEAR_POSITIONS = 100;
const SHOWN_POSITIONS = 300;
const FAR_DELAY_MS = 3_000;

/**
 * Opens a reply when there is something to show. So a run far back in the line is hardly more than its record.
 */
export function withLateReplies(replies: ReplyFactory, options: LateRepliesOptions): ReplyFactory {
  const shared: Shared = {
    replies,
    budget: options.budget,
    nearPositions: options.nearPositions ?? NEAR_POSITIONS,
    shownPositions: options.shownPositions ?? SHOWN_POSITIONS,
    farDelayMs: options.farDelayMs ?? FAR_DELAY_MS,
    now: options.now ?? Date.now,
  };
  return {
    // The token of an interaction has to be kept alive from the beginning.
    open: (run, openOptions) =>
      run.origin.kind === 'interaction'
        ? replies.open(run, openOptions)
        : new LateReply(shared, run, openOptions),
    refuse: (run, reason, isAgain) => replies.refuse(run, reason, isAgain),
    remove: (run, messageIds) => replies.remove(run, messageIds),
  };
}

class LateReply implements Reply {
  readonly #shared: Shared;
  #run: Run;
  readonly #options: OpenReplyOptions | undefined;
  #waitingSince: number | undefined;
  #reply: Reply | undefined;
  /** What is nice to see leaves its place to answers, also to those that nothing is shown of yet. */
  #closeAnswer: (() => void) | undefined;

  constructor(shared: Shared, run: Run, options: OpenReplyOptions | undefined) {
    this.#shared = shared;
    this.#run = run;
    this.#options = options;
  }

  waiting(position: number): void {
    if (this.#reply || this.#isToBeShown(position)) this.#open().waiting(position);
    else this.#closeAnswer ??= this.#shared.budget.openAnswer();
  }

  restart(run: Run): void {
    this.#run = run;
    this.#reply?.restart(run);
  }

  started(): void {
    this.#open().started();
  }

  suspend(): void {
    this.#closeAnswer?.();
    this.#reply?.suspend();
  }

  onEvent(event: AgentEvent): void {
    this.#open().onEvent(event);
  }

  finish(outcome: RunOutcome): Promise<Delivery> {
    return this.#open().finish(outcome);
  }

  #isToBeShown(position: number): boolean {
    const { budget, nearPositions, shownPositions, farDelayMs, now } = this.#shared;
    if (position <= nearPositions) return true;
    if (position > shownPositions) return false;
    this.#waitingSince ??= now();
    return now() - this.#waitingSince >= farDelayMs && !budget.isUnderLoad();
  }

  #open(): Reply {
    this.#closeAnswer?.();
    return (this.#reply ??= this.#shared.replies.open(this.#run, this.#options));
  }
}
