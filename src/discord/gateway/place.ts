import type { Place } from '../../intake/incoming.ts';
import { canEveryoneRead } from '../../policy/permissions.ts';
import type { Directory } from './directory.ts';

export interface PlaceSource {
  /** Null outside guilds. */
  readonly guildId: string | null;
  readonly channelId: string;
  readonly directory: Directory;
  readonly botUserId: string;
}

/**
 * Where something was said. A channel of which the gateway has told nothing (the bot is not in that guild, or only
 * just saw it) counts as one that not everybody can read.
 */
export function toPlace({ guildId, channelId, directory, botUserId }: PlaceSource): Place {
  const place: Place = {
    kind: 'channel',
    guildId,
    channelId,
    parentId: null,
    isOwnThread: false,
    everyone: false,
    isPrivateThread: false,
  };
  if (guildId === null) return { ...place, kind: 'dm' };
  const guild = directory.guild(guildId);
  const channel = directory.channel(channelId);
  if (!guild || !channel) return place;
  const { thread } = channel;
  if (!thread) return { ...place, everyone: canEveryoneRead(guild, channel) };
  // Without its parent, nothing is known about who reads a thread.
  const isParentKnown = directory.channel(thread.parentId) !== undefined;
  return {
    ...place,
    kind: 'thread',
    parentId: thread.parentId,
    isOwnThread: thread.ownerId === botUserId,
    isPrivateThread: thread.isPrivate,
    everyone: !thread.isPrivate && isParentKnown && canEveryoneRead(guild, channel),
  };
}
