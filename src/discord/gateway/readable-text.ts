import type { APIUser } from 'discord.js';
import { toSafeName } from '../../lib/safe-name.ts';
import type { Directory } from './directory.ts';
import { isSeenFrom } from './seen-from.ts';

export interface TextSource {
  readonly content: string;
  readonly mentions: readonly Pick<APIUser, 'id' | 'username' | 'global_name'>[];
  readonly guildId: string | null;
  /** Where it is read: a channel that is hidden from others there keeps its name to itself. */
  readonly channelId: string;
  readonly directory: Directory;
  /** This user's mention is left as `<@ID>`. */
  readonly keepUserId?: string;
}

const markup = /<(@!?|@&|#)(\d{1,20})>|<a?:(\w{1,32}):\d{1,20}>|<t:(-?\d{1,13})(?::[tTdDfFRsS])?>/g;

/** The text as a person reads it: mentions, custom emoji and timestamps as words. */
export function toReadableText(source: TextSource): string {
  return source.content.replaceAll(
    markup,
    (match, sigil?: string, id?: string, emoji?: string, seconds?: string) => {
      if (emoji !== undefined) return `:${emoji}:`;
      if (seconds !== undefined) return toTime(Number(seconds)) ?? match;
      if (sigil === undefined || id === undefined) return match;
      return toName(sigil, id, source) ?? match;
    },
  );
}

function toTime(seconds: number): string | undefined {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function toName(sigil: string, id: string, source: TextSource): string | undefined {
  const { directory, guildId, channelId, mentions, keepUserId } = source;
  if (sigil === '#') {
    const channel = directory.channel(id);
    const isKnownThere = channel?.guildId === guildId && isSeenFrom(channelId, channel, directory);
    return isKnownThere ? `#${toSafeName(channel.name)}` : '#unknown-channel';
  }
  if (sigil === '@&') {
    const role = guildId === null ? undefined : directory.roleName(guildId, id);
    return `@${toSafeName(role ?? 'unknown-role')}`;
  }
  if (id === keepUserId) return `<@${id}>`;
  const user = mentions.find((mentioned) => mentioned.id === id);
  return `@${toSafeName(user?.global_name ?? user?.username ?? 'unknown-user')}`;
}
