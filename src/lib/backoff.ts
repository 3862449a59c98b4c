export interface Backoff {
  /** Before the first further try. */
  readonly minMs: number;
  readonly maxMs: number;
  /** The share of it that chance decides, so that many do not come back at one moment (none). */
  readonly jitter?: number;
  readonly random?: () => number;
}

/** The wait after so many failures (at least 1), ms: doubled with each. */
export function toBackoffMs(
  failures: number,
  { minMs, maxMs, jitter = 0, random = Math.random }: Backoff,
): number {
  const fullMs = Math.min(minMs * 2 ** (failures - 1), maxMs);
  return jitter === 0 ? fullMs : fullMs * (1 - jitter + jitter * random());
}
