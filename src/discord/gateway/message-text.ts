import type { APIEmbed, APIMessage, APIUser } from 'discord.js';
import { toSafeName } from '../../lib/safe-name.ts';
import { hasPermission, permission, permissionsIn, type MemberFacts } from '../../policy/permissions.ts';
import type { ChannelFacts, Directory } from './directory.ts';
import { cutText } from '../../lib/shorten.ts';

export type MessageTextContext = Omit<TextSource, 'content' | 'mentions'>;

type MessageLike = Pick<
  APIMessage,
  'content' | 'mentions' | 'embeds' | 'attachments' | 'message_snapshots' | 'components'
>;

interface TextSource {
  readonly content: string;
  readonly mentions: readonly Pick<APIUser, 'id' | 'username' | 'global_name'>[];
  readonly guildId: string | null;
  /** Where it is read: a channel that is hidden from others there keeps its name to itself. */
  readonly channelId: string;
  readonly directory: Directory;
  /** This user's mention is left as `<@ID>`. */
  readonly keepUserId?: string;
}

const maxEmbedCharacters = 1_000;
const markup = /<(@!?|@&|#)(\d{1,20})>|<a?:(\w{1,32}):\d{1,20}>|<t:(-?\d{1,13})(?::[tTdDfFRsS])?>/g;

/** All that a message says: its text, or what it forwards, the words of its embeds, the names of its files. */
export function toMessageText(message: MessageLike, context: MessageTextContext): string {
  const snapshots = (message.message_snapshots ?? []).map((snapshot) => {
    return `(forwarded) ${toMessageText(snapshot.message, context)}`;
  });
  return [
    toReadableText({ ...context, content: message.content, mentions: message.mentions }),
    ...snapshots,
    ...message.embeds.map(toEmbedText),
    ...message.attachments.map(({ filename }) => `(file: ${toSafeName(filename)})`),
  ]
    .filter((part) => part.trim() !== '')
    .join('\n');
}

function toEmbedText({ title, description, fields = [] }: APIEmbed): string {
  const lines = [title, description, ...fields.map(({ name, value }) => `${name}: ${value}`)];
  const text = lines.filter((line) => line !== undefined && line !== '').join('\n');
  return text === '' ? '' : `(embed) ${cutText(text, maxEmbedCharacters)}`;
}

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

/**
 * Whether those who read one channel see another one of its server as well, as far as each role and each person that
 * is named in one of them tells. A private thread is seen by those in it alone.
 */
function isSeenFrom(channelId: string, other: ChannelFacts, directory: Directory): boolean {
  if (other.id === channelId) return true;
  if (other.thread && (other.thread.isPrivate || !directory.channel(other.thread.parentId))) return false;
  const channel = directory.channel(channelId);
  const guild = directory.guild(other.guildId);
  if (!channel || !guild || channel.guildId !== other.guildId) return false;
  const isSeenBy = ({ overwrites }: ChannelFacts, member: MemberFacts): boolean =>
    hasPermission(permissionsIn(guild, overwrites, member), permission.viewChannel);
  const named = new Set([guild.id, ...[...channel.overwrites, ...other.overwrites].map(({ id }) => id)]);
  const members: MemberFacts[] = Array.from(named, (id) =>
    guild.roles.has(id) ? { userId: '', roleIds: [id] } : { userId: id, roleIds: [] },
  );
  // To all roles that are not named the channels are the same, if they see channels at all.
  const unnamed = guild.roles.entries().find(([id, bits]) => !named.has(id) && seesChannels(bits));
  if (unnamed) members.push({ userId: '', roleIds: [unnamed[0]] });
  return members.every((member) => !isSeenBy(channel, member) || isSeenBy(other, member));
}

function seesChannels(bits: bigint): boolean {
  return (bits & (permission.viewChannel | permission.administrator)) === permission.viewChannel;
}
