import { SnowflakeUtil } from 'discord.js';
import type { RunTable } from '../../storage/run-table.ts';
import { compareIds } from './compare-ids.ts';

export type Cursor = readonly [channelId: string, messageId: string];

/** They share a transaction: one by one, those of 100,000 channels would keep the store busy for minutes. */
const FORGOTTEN_AT_ONCE = 200;

/** Cursors of channels with a question since then (epoch ms), the latest first; older ones are forgotten. */
export async function loadRecentCursors(
  table: Pick<RunTable, 'cursors' | 'forgetChannel'>,
  { since, maxChannels }: { readonly since: number; readonly maxChannels: number },
): Promise<readonly Cursor[]> {
  const cursors = [...(await table.cursors())];
  const isRecent = ([, messageId]: Cursor): boolean => SnowflakeUtil.timestampFrom(messageId) >= since;
  const old = cursors.filter((cursor) => !isRecent(cursor));
  for (let start = 0; start < old.length; start += FORGOTTEN_AT_ONCE) {
    const page = old.slice(start, start + FORGOTTEN_AT_ONCE);
    await Promise.all(page.map(([channelId]) => table.forgetChannel(channelId)));
  }
  const recent = cursors.filter(isRecent);
  return recent.toSorted(([, one], [, other]) => compareIds(other, one)).slice(0, maxChannels);
}
