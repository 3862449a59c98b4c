import type { ReplyTimings } from './timings.ts';

export interface GrowthPaceOptions {
  readonly timings: Pick<
    ReplyTimings,
    'editIntervalMs' | 'firstTextCharacters' | 'firstTextDelayMs' | 'firstTextGatherMs'
  >;
  /** How much of what may be sent is left over, from 0 to 1. */
  readonly spareShare: () => number;
  /** How late the event loop turns, ms. */
  readonly loopDelayMs: () => number;
  /** When the last request of the answer ended, ms by a clock that never goes back. */
  readonly settledAt: () => number;
  readonly onDue: () => void;
}

/** Each time that the event loop is so late, edits are an interval farther apart: they are the first to do without. */
const LEISURE_MS = 5;
const MAX_INTERVALS = 5;
/** With so much to spare, showing an answer before it is complete takes nothing from anybody. */
const PLENTY_SHARE = 0.5;

/** When the next step of a growing answer is due: its first text after some characters or a while, then edits. */
export class GrowthPace {
  readonly #options: GrowthPaceOptions;
  #isFirstTextDue = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GrowthPaceOptions) {
    this.#options = options;
  }

  get isFirstTextDue(): boolean {
    return this.#isFirstTextDue;
  }

  /** How long the next edit has to wait, ms. */
  get waitMs(): number {
    const { timings, loopDelayMs, settledAt } = this.#options;
    const intervals = Math.min(1 + loopDelayMs() / LEISURE_MS, MAX_INTERVALS);
    return Math.max(0, settledAt() + timings.editIntervalMs * intervals - performance.now());
  }

  /** There is more text, now so many characters. `isPending`: a request is on its way and takes it along. */
  grew(characters: number, isFirst: boolean, isPending: boolean): void {
    const { timings, onDue } = this.#options;
    if (this.#isFirstTextDue) {
      if (!this.#timer && !isPending) this.waitFor(this.waitMs);
    } else if (characters >= timings.firstTextCharacters) {
      this.#isFirstTextDue = true;
      onDue();
    } else if (isFirst) this.waitFor(this.#firstTextDelayMs);
  }

  waitFor(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#isFirstTextDue = true;
      this.#options.onDue();
    }, ms);
  }

  /** Nothing is due until more is said. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The less there is to spare, the longer: in a crowd most answers are complete by then. */
  get #firstTextDelayMs(): number {
    const { timings, loopDelayMs, spareShare } = this.#options;
    const { firstTextGatherMs, firstTextDelayMs } = timings;
    const plenty = loopDelayMs() < LEISURE_MS ? Math.min(1, spareShare() / PLENTY_SHARE) : 0;
    return firstTextDelayMs - (firstTextDelayMs - firstTextGatherMs) * plenty;
  }

  /** As if nothing had been said. */
  reset(): void {
    this.pause();
    this.#isFirstTextDue = false;
  }
}
