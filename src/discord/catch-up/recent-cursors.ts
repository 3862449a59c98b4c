import { SnowflakeUtil } from 'discord.js';
import type { RunTable } from '../../storage/run-table.ts';

export type Cursor = readonly [channelId: string, messageId: string];

/** Behind the time in an id of Discord's: https://docs.discord.com/developers/reference#snowflakes */
const BITS_AFTER_TIME = 22n;

/** Cursors of channels with a question since then (epoch ms), the latest first; older ones are forgotten. */
export async function loadRecentCursors(
  table: Pick<RunTable, 'cursors' | 'forgetChannelsUntil'>,
  { since, maxChannels }: { readonly since: number; readonly maxChannels: number },
): Promise<readonly Cursor[]> {
  const oldestId = String((BigInt(since) - SnowflakeUtil.epoch) << BITS_AFTER_TIME);
  await table.forgetChannelsUntil(oldestId);
  return [...(await table.cursors({ after: oldestId, limit: maxChannels }))];
}
