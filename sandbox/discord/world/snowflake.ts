const discordEpochMs = 1_420_070_400_000;
const incrementBits = 22n;
const incrementMask = (1 << 22) - 1;

/** Ids as Discord makes them: milliseconds since 2015 in the high bits, so they sort by time. */
export interface Snowflakes {
  /** Greater than every id before it. */
  next(): string;
}

export function createSnowflakes(now: () => number = Date.now): Snowflakes {
  let lastMs = 0;
  let increment = 0;
  return {
    next() {
      const currentMs = Math.max(now(), lastMs);
      increment = currentMs === lastMs ? (increment + 1) & incrementMask : 0;
      lastMs = increment === 0 && currentMs === lastMs ? currentMs + 1 : currentMs;
      return ((BigInt(lastMs - discordEpochMs) << incrementBits) | BigInt(increment)).toString();
    },
  };
}

export function toTimestampMs(snowflake: string): number {
  return Number(BigInt(snowflake) >> incrementBits) + discordEpochMs;
}

/** Negative where `a` is the older one. Both must be digits only. */
export function compareSnowflakes(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The shard that serves a guild; direct messages come to shard 0. */
export function toShardId(guildId: string | null, shardCount: number): number {
  return guildId === null ? 0 : Number((BigInt(guildId) >> incrementBits) % BigInt(shardCount));
}
