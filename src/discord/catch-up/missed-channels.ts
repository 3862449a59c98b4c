import { UNADDRESSED_MAX_AGE_MS } from '../../runs/answer-window.ts';
import type { RunTable } from '../../storage/run-table.ts';
import { compareIds } from '../../lib/compare-ids.ts';
import { hasPermission, permissionsIn, toReading } from '../../policy/permissions.ts';
import type { Directory, LatestMessage } from '../gateway/directory.ts';
import { laterOf, toFirstId } from './message-time.ts';

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

/** From where a channel is to be read: the last message in it that is known. */
export type Cursor = readonly [channelId: string, messageId: string];

export interface MissedChannelsOptions {
  /** Channels with an earlier question. */
  readonly cursors: readonly Cursor[];
  /** What Discord tells of channels. */
  readonly latest: readonly LatestMessage[];
  /** Everything up to this message was heard, wherever it was said; undefined: the bot never listened before. */
  readonly heardUntil: string | undefined;
  readonly directory: Directory;
  /** Whether anybody is answered in a guild (everywhere). */
  readonly mayAnswerIn?: (guildId: string) => boolean;
  /** Of channels without an earlier question, those with the latest messages. */
  readonly maxSilentChannels: number;
}

/**
 * From where each channel is to be read: those with an earlier question, and those that the bot may read in which
 * something was said since it last listened. Where it never did, nothing but the first.
 */
export function toMissedChannels(options: MissedChannelsOptions): readonly Cursor[] {
  const { latest, heardUntil, maxSilentChannels } = options;
  const cursors = options.cursors.filter(([channelId]) => isAllowed(channelId, options));
  if (heardUntil === undefined) return cursors;
  const known = new Set(cursors.map(([channelId]) => channelId));
  const silent: Cursor[] = [];
  for (const { channelId, joinedAt } of latestFirst(latest, heardUntil)) {
    if (silent.length === maxSilentChannels) break;
    if (known.has(channelId) || !mayRead(channelId, options)) continue;
    silent.push([channelId, laterOf(heardUntil, toFirstId(joinedAt))]);
  }
  return [...cursors.map(([channelId, after]): Cursor => [channelId, laterOf(after, heardUntil)]), ...silent];
}

function latestFirst(latest: readonly LatestMessage[], after: string): LatestMessage[] {
  return latest
    .filter(({ messageId }) => compareIds(messageId, after) > 0)
    .toSorted((one, other) => compareIds(other.messageId, one.messageId));
}

/** Where nothing is known of a channel it may be a thread that was archived, or a direct message. */
function isAllowed(
  channelId: string,
  { directory, mayAnswerIn }: Pick<MissedChannelsOptions, 'directory' | 'mayAnswerIn'>,
): boolean {
  const channel = directory.channel(channelId);
  return channel === undefined || mayAnswerIn?.(channel.guildId) !== false;
}

function mayRead(channelId: string, options: MissedChannelsOptions): boolean {
  if (!isAllowed(channelId, options)) return false;
  const { directory } = options;
  const channel = directory.channel(channelId);
  const guild = channel && directory.guild(channel.guildId);
  const bot = channel && directory.ownMember(channel.guildId);
  if (!guild || !bot) return false;
  return hasPermission(permissionsIn(guild, channel.overwrites, bot), toReading(channel));
}

/** Cursors of channels with a question since then (epoch ms), the latest first; older ones are forgotten. */
export async function loadRecentCursors(
  table: Pick<RunTable, 'cursors' | 'forgetChannelsUntil'>,
  { since, maxChannels }: { readonly since: number; readonly maxChannels: number },
): Promise<readonly Cursor[]> {
  const oldestId = toFirstId(since);
  await table.forgetChannelsUntil(oldestId);
  return [...(await table.cursors({ after: oldestId, limit: maxChannels }))];
}
