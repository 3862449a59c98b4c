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
