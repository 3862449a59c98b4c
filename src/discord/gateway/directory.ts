import { ChannelType, type Channel, type Client, type Guild } from 'discord.js';
import type { ChannelRights, GuildFacts, MemberFacts, Overwrite } from '../../policy/permissions.ts';

/** What the gateway has told of guilds and channels, as plain data; always current while it is connected. */
export interface Directory {
  guild(guildId: string): GuildFacts | undefined;
  channel(channelId: string): ChannelFacts | undefined;
  /** The bot as a member of a guild. */
  ownMember(guildId: string): MemberFacts | undefined;
  roleName(guildId: string, roleId: string): string | undefined;
}

export interface ChannelFacts extends ChannelRights {
  readonly id: string;
  readonly guildId: string;
  readonly name: string;
  readonly thread: ThreadFacts | null;
  /** Of a thread: its parent's; empty while the parent is unknown. */
  readonly overwrites: readonly Overwrite[];
}

export interface ThreadFacts {
  readonly parentId: string;
  readonly ownerId: string | null;
  readonly isPrivate: boolean;
}

/** What the gateway tells of a channel or an open thread of a server, without anybody asking. */
export interface LatestMessage {
  readonly channelId: string;
  /** Of the last message that was said there; it may be gone by now. */
  readonly messageId: string;
  /** When the bot came to that server, epoch ms by Discord's clock. */
  readonly joinedAt: number;
}

export function createDirectory(client: Client): Directory {
  return {
    guild(guildId) {
      const guild = client.guilds.cache.get(guildId);
      return guild?.available ? toGuildFacts(guild) : undefined;
    },
    channel(channelId) {
      const channel = client.channels.cache.get(channelId);
      return channel && toChannelFacts(channel);
    },
    ownMember(guildId) {
      const me = client.guilds.cache.get(guildId)?.members.me;
      return me ? { userId: me.id, roleIds: [...me.roles.cache.keys()] } : undefined;
    },
    roleName(guildId, roleId) {
      return client.guilds.cache.get(guildId)?.roles.cache.get(roleId)?.name;
    },
  };
}

/** Whether the bot may read there is not asked, since there may be many. */
export function* findLatestMessages(client: Client): Generator<LatestMessage, void> {
  for (const channel of client.channels.cache.values()) {
    if (channel.isDMBased() || !channel.isTextBased() || channel.lastMessageId === null) continue;
    const { id: channelId, lastMessageId: messageId, guild } = channel;
    yield { channelId, messageId, joinedAt: guild.joinedTimestamp };
  }
}

function toGuildFacts(guild: Guild): GuildFacts {
  const roles = new Map(guild.roles.cache.map((role) => [role.id, role.permissions.bitfield]));
  return { id: guild.id, ownerId: guild.ownerId, roles };
}

function toChannelFacts(channel: Channel): ChannelFacts | undefined {
  if (channel.isDMBased()) return undefined;
  const { id, guildId, name } = channel;
  if (!channel.isThread()) {
    const isVoice = channel.isVoiceBased();
    return { id, guildId, name, thread: null, overwrites: overwritesOf(channel), isVoice };
  }
  const { parent, parentId, ownerId, type } = channel;
  if (parentId === null) return undefined;
  const thread = { parentId, ownerId, isPrivate: type === ChannelType.PrivateThread };
  return { id, guildId, name, thread, overwrites: parent ? overwritesOf(parent) : [] };
}

interface WithOverwrites {
  readonly permissionOverwrites: {
    readonly cache: ReadonlyMap<
      string,
      { readonly id: string; readonly allow: { bitfield: bigint }; readonly deny: { bitfield: bigint } }
    >;
  };
}

function overwritesOf({ permissionOverwrites }: WithOverwrites): Overwrite[] {
  return Array.from(permissionOverwrites.cache.values(), ({ id, allow, deny }) => {
    return { id, allow: allow.bitfield, deny: deny.bitfield };
  });
}
