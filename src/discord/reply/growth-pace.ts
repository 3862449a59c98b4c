import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { ReplyTimings } from './timings.ts';

export interface GrowthPaceOptions {
  readonly timings: Pick<ReplyTimings, 'editIntervalMs' | 'firstTextDelayMs' | 'firstTextGatherMs'>;
  readonly budget: Pick<OutgoingBudget, 'spareShare'>;
  /** How late the event loop turns, ms. */
  readonly loopDelayMs: () => number;
}

/** Each time that the event loop is so late, edits are an interval farther apart: they are the first to do without. */
const LEISURE_MS = 5;
const MAX_INTERVALS = 5;
/** With so much to spare, showing an answer before it is complete takes nothing from anybody. */
const PLENTY_SHARE = 0.5;

/** When the next step of a growing answer is due: its first text after a while, then edits. */
export class GrowthPace {
  readonly #options: GrowthPaceOptions;
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GrowthPaceOptions, onDue: () => void) {
    this.#options = options;
    this.#onDue = onDue;
  }

  /** The next step will be due by itself. */
  get isArmed(): boolean {
    return this.#timer !== undefined;
  }

  /** How long the next edit has to wait, ms. `settledAt`: when the last request ended, as `performance.now()` tells. */
  editWaitMs(settledAt: number): number {
    const { timings, loopDelayMs } = this.#options;
    const intervals = Math.min(1 + loopDelayMs() / LEISURE_MS, MAX_INTERVALS);
    return Math.max(0, settledAt + timings.editIntervalMs * intervals - performance.now());
  }

  /** The less there is to spare, the longer: in a crowd most answers are complete by then. */
  firstTextWaitMs(): number {
    const { timings, loopDelayMs, budget } = this.#options;
    const { firstTextGatherMs, firstTextDelayMs } = timings;
    const plenty = loopDelayMs() < LEISURE_MS ? Math.min(1, budget.spareShare() / PLENTY_SHARE) : 0;
    return firstTextDelayMs - (firstTextDelayMs - firstTextGatherMs) * plenty;
  }

  waitFor(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#onDue();
    }, ms);
  }

  /** Nothing is due until more is said. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
