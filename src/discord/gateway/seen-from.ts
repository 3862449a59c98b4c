import { hasPermission, permission, permissionsIn, type MemberFacts } from '../../policy/permissions.ts';
import type { ChannelFacts, Directory } from './directory.ts';

/**
 * Whether those who read one channel see another one of its server as well, as far as each role and each person that
 * is named in one of them tells. A private thread is seen by those in it alone.
 */
export function isSeenFrom(channelId: string, other: ChannelFacts, directory: Directory): boolean {
  if (other.id === channelId) return true;
  if (other.thread && (other.thread.isPrivate || !directory.channel(other.thread.parentId))) return false;
  const channel = directory.channel(channelId);
  const guild = directory.guild(other.guildId);
  if (!channel || !guild || channel.guildId !== other.guildId) return false;
  const isSeenBy = ({ overwrites }: ChannelFacts, member: MemberFacts): boolean =>
    hasPermission(permissionsIn(guild, overwrites, member), permission.viewChannel);
  const named = [...channel.overwrites, ...other.overwrites].map(({ id }) => id);
  const members: MemberFacts[] = [
    ...guild.roles.keys().map((id) => ({ userId: '', roleIds: [id] })),
    ...named.filter((id) => !guild.roles.has(id)).map((userId) => ({ userId, roleIds: [] })),
  ];
  return members.every((member) => !isSeenBy(channel, member) || isSeenBy(other, member));
}
