/** What a server counts in relation to a count of ours, learnt from its replies. */
export interface TokenRatio {
  /** Our count as the server would have it; a little more until the ratio is well known. */
  apply(counted: number): number;
  learn(counted: number, reported: number): void;
  readonly value: number;
  /** How often it has learnt. */
  readonly samples: number;
}

const MAX_RATIO = 2;
/** A server that reports less leaves out what it had cached, which says nothing. */
const MIN_RATIO = 0.4;
const SMOOTHING = 0.2;
/** Added before the first sample; it shrinks with each. */
const CAUTION = 0.15;

/** `prior`: what to go by before the first sample. */
export function createTokenRatio(prior: () => number = () => 1): TokenRatio {
  let learnt: number | undefined;
  let samples = 0;
  return {
    apply: (counted) => counted * (learnt ?? prior()) * (1 + CAUTION / (1 + samples)),
    learn(counted, reported) {
      if (counted < 1 || reported < counted * MIN_RATIO) return;
      const observed = Math.min(MAX_RATIO, reported / counted);
      samples += 1;
      // The plain average at first, the prior being one of its values.
      const before = learnt ?? prior();
      learnt = before + (observed - before) * Math.max(SMOOTHING, 1 / (samples + 1));
    },
    get value() {
      return learnt ?? prior();
    },
    get samples() {
      return samples;
    },
  };
}
