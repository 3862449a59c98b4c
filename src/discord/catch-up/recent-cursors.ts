import { SnowflakeUtil } from 'discord.js';
import type { RunTable } from '../../storage/run-table.ts';
import { compareIds } from './compare-ids.ts';

export type Cursor = readonly [channelId: string, messageId: string];

/** Cursors of channels with a question since then (epoch ms), the latest first; older ones are forgotten. */
export async function loadRecentCursors(
  table: Pick<RunTable, 'cursors' | 'forgetChannel'>,
  { since, maxChannels }: { readonly since: number; readonly maxChannels: number },
): Promise<readonly Cursor[]> {
  const recent: Cursor[] = [];
  for (const cursor of [...(await table.cursors())]) {
    const [channelId, messageId] = cursor;
    if (SnowflakeUtil.timestampFrom(messageId) >= since) recent.push(cursor);
    else await table.forgetChannel(channelId);
  }
  return recent.toSorted(([, one], [, other]) => compareIds(other, one)).slice(0, maxChannels);
}
