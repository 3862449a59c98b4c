import type { RunTable } from '../../storage/run-table.ts';
import { toFirstId } from './message-time.ts';

export type Cursor = readonly [channelId: string, messageId: string];

/** Cursors of channels with a question since then (epoch ms), the latest first; older ones are forgotten. */
export async function loadRecentCursors(
  table: Pick<RunTable, 'cursors' | 'forgetChannelsUntil'>,
  { since, maxChannels }: { readonly since: number; readonly maxChannels: number },
): Promise<readonly Cursor[]> {
  const oldestId = toFirstId(since);
  await table.forgetChannelsUntil(oldestId);
  return [...(await table.cursors({ after: oldestId, limit: maxChannels }))];
}
