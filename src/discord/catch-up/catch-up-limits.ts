import { UNADDRESSED_MAX_AGE_MS } from '../../runs/answer-window.ts';

export interface CatchUpLimits {
  /** A channel without a question for so long is given up, ms (7 days). */
  readonly cursorMaxAgeMs: number;
  /** What addresses nobody expires, ms (15 minutes). */
  readonly unaddressedMaxAgeMs: number;
  readonly maxMessagesPerChannel: number;
  /** The ones with the latest questions. */
  readonly maxChannels: number;
  /** Of those in which nobody asked before, the ones with the latest messages. */
  readonly maxSilentChannels: number;
  readonly maxConcurrent: number;
  /** New messages wait at most so long for those that were missed, ms. */
  readonly maxHoldMs: number;
  readonly maxHeld: number;
  /** Wait before what failed is tried again, doubled each time up to the other, ms. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
}

export const DEFAULT_LIMITS = {
  cursorMaxAgeMs: 7 * 24 * 60 * 60_000,
  unaddressedMaxAgeMs: UNADDRESSED_MAX_AGE_MS,
  maxMessagesPerChannel: 1_000,
  maxChannels: 1_000,
  maxSilentChannels: 300,
  maxConcurrent: 4,
  maxHoldMs: 5_000,
  maxHeld: 2_000,
  retryMs: 1_000,
  maxRetryMs: 5 * 60_000,
} as const satisfies CatchUpLimits;
