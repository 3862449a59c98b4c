import { SnowflakeUtil } from 'discord.js';
import { compareIds } from '../../lib/compare-ids.ts';

/** Behind the time in an id of Discord's: https://docs.discord.com/developers/reference#snowflakes */
const BITS_AFTER_TIME = 22n;

/** The smallest id of a time, epoch ms; of a time that is not known, the smallest of all. */
export function toFirstId(time: number): string {
  if (!Number.isFinite(time)) return '0';
  return String(atLeastZero((BigInt(Math.floor(time)) - SnowflakeUtil.epoch) << BITS_AFTER_TIME));
}

/** An id so much older. */
export function toEarlierId(id: string, ms: number): string {
  return String(atLeastZero(BigInt(id) - (BigInt(ms) << BITS_AFTER_TIME)));
}

export function laterOf(one: string, other: string): string {
  return compareIds(one, other) > 0 ? one : other;
}

function atLeastZero(id: bigint): bigint {
  return id > 0n ? id : 0n;
}
