import { compareIds } from '../../lib/compare-ids.ts';
import { hasPermission, permissionsIn, toReading } from '../../policy/permissions.ts';
import type { Directory, LatestMessage } from '../gateway/directory.ts';
import { laterOf, toFirstId } from './message-time.ts';
import type { Cursor } from './recent-cursors.ts';

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
  const { cursors, latest, heardUntil, maxSilentChannels } = options;
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

function mayRead(
  channelId: string,
  { directory, mayAnswerIn }: Pick<MissedChannelsOptions, 'directory' | 'mayAnswerIn'>,
): boolean {
  const channel = directory.channel(channelId);
  if (channel && mayAnswerIn?.(channel.guildId) === false) return false;
  const guild = channel && directory.guild(channel.guildId);
  const bot = channel && directory.ownMember(channel.guildId);
  if (!guild || !bot) return false;
  return hasPermission(permissionsIn(guild, channel.overwrites, bot), toReading(channel));
}
