import type { ChannelFacts, Directory } from '../../../src/discord/gateway/directory.ts';
import { permission, type GuildFacts, type MemberFacts } from '../../../src/policy/permissions.ts';

export const reading = permission.viewChannel | permission.readMessageHistory;

/** A guild that everybody can read, with a role of moderators. */
export const guild: GuildFacts = {
  id: '1',
  ownerId: '50',
  roles: new Map([
    ['1', reading],
    ['2', permission.manageMessages | permission.manageThreads],
  ]),
};

export const general: ChannelFacts = {
  id: '10',
  guildId: '1',
  name: 'general',
  thread: null,
  overwrites: [],
};
export const hidden: ChannelFacts = {
  ...general,
  id: '12',
  name: 'hidden',
  overwrites: [
    { id: '1', allow: 0n, deny: permission.viewChannel },
    { id: '2', allow: permission.viewChannel, deny: 0n },
    { id: '900', allow: permission.viewChannel, deny: 0n },
  ],
};
export const publicThread: ChannelFacts = {
  ...general,
  id: '11',
  name: 'thread',
  thread: { parentId: '10', ownerId: '900', isPrivate: false },
};
export const privateThread: ChannelFacts = {
  ...publicThread,
  id: '13',
  thread: { parentId: '10', ownerId: '100', isPrivate: true },
};

export interface FakeDirectoryOptions {
  readonly channels?: readonly ChannelFacts[];
  readonly guilds?: readonly GuildFacts[];
  readonly ownMember?: MemberFacts;
}

export function createFakeDirectory(options: FakeDirectoryOptions = {}): Directory {
  const { channels = [general, hidden, publicThread, privateThread], guilds = [guild] } = options;
  const { ownMember = { userId: '900', roleIds: [] } } = options;
  return {
    guild: (guildId) => guilds.find(({ id }) => id === guildId),
    channel: (channelId) => channels.find(({ id }) => id === channelId),
    ownMember: (guildId) => (guilds.some(({ id }) => id === guildId) ? ownMember : undefined),
    roleName: (_, roleId) => (roleId === '2' ? 'Mods' : undefined),
  };
}
