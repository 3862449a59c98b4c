import { ChannelType, Routes, type APIChannel, type APIGuildMember } from 'discord.js';
import { SwitchboardError } from '../../errors.ts';
import {
  hasPermission,
  permission,
  permissionsIn,
  toReading,
  type MemberFacts,
} from '../../policy/permissions.ts';
import type { ChannelFacts, Directory } from '../gateway/directory.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

export interface ReadContext {
  readonly rest: Pick<OutgoingBudget, 'send'>;
  readonly directory: Directory;
}

export interface ReadRequest {
  readonly channelId: string;
  readonly userId: string;
}

/**
 * Throws `missing-permission` unless both the person and the bot may view the channel and read its history now. Roles
 * and channels are what the gateway told last; who has which role is asked each time, since the gateway does not
 * tell that of people. Resolves with the guild, null for a DM.
 */
export async function checkReadAccess(
  { channelId, userId }: ReadRequest,
  context: ReadContext,
  signal: AbortSignal,
): Promise<{ readonly guildId: string | null }> {
  const { directory } = context;
  const known = directory.channel(channelId);
  const channel = known ?? (await fetchUnknown({ channelId, userId }, context, signal));
  if (channel === 'own-dm') return { guildId: null };
  const guild = directory.guild(channel.guildId);
  const bot = directory.ownMember(channel.guildId);
  if (!guild || !bot) throw missingPermission('the bot is not in that server');
  const bits = (member: MemberFacts): bigint => permissionsIn(guild, channel.overwrites, member);
  // Without its parent, nothing is known about who may read a thread.
  if (channel.thread && !directory.channel(channel.thread.parentId)) {
    throw missingPermission('the channel of that thread is not known');
  }
  const reading = toReading(channel);
  if (!hasPermission(bits(bot), reading)) throw missingPermission('the bot may not read that channel');
  const person = await fetchMember(channel.guildId, userId, context, signal);
  const personBits = bits(person);
  if (!hasPermission(personBits, reading))
    throw missingPermission('the person who asks may not read that channel');
  if (channel.thread?.isPrivate && !hasPermission(personBits, permission.manageThreads)) {
    const path = Routes.threadMembers(channelId, userId);
    await fetchOrRefuse(path, 'the person who asks is not in that private thread', context, signal);
  }
  return { guildId: channel.guildId };
}

function missingPermission(reason: string): SwitchboardError {
  return new SwitchboardError('missing-permission', `The channel cannot be read: ${reason}.`);
}

/** What the gateway has not told of: DMs, and threads that were archived. */
async function fetchUnknown(
  { channelId, userId }: ReadRequest,
  context: ReadContext,
  signal: AbortSignal,
): Promise<ChannelFacts | 'own-dm'> {
  const reason = 'the bot does not see that channel';
  const channel = (await fetchOrRefuse(Routes.channel(channelId), reason, context, signal)) as APIChannel;
  if (channel.type === ChannelType.DM) {
    if (channel.recipients?.some(({ id }) => id === userId)) return 'own-dm';
    throw missingPermission('it is the direct message of somebody else');
  }
  const parentId = 'parent_id' in channel ? channel.parent_id : undefined;
  const parent = parentId ? context.directory.channel(parentId) : undefined;
  if (!parentId || !parent || !isThread(channel.type)) throw missingPermission(reason);
  const thread = { parentId, ownerId: null, isPrivate: channel.type === ChannelType.PrivateThread };
  return { ...parent, id: channelId, thread };
}

function isThread(type: ChannelType): boolean {
  return (
    type === ChannelType.PublicThread ||
    type === ChannelType.PrivateThread ||
    type === ChannelType.AnnouncementThread
  );
}

async function fetchMember(
  guildId: string,
  userId: string,
  context: ReadContext,
  signal: AbortSignal,
): Promise<MemberFacts> {
  const path = Routes.guildMember(guildId, userId);
  const reason = 'the person who asks is not in that server';
  const member = (await fetchOrRefuse(path, reason, context, signal)) as APIGuildMember;
  return { userId, roleIds: member.roles };
}

async function fetchOrRefuse(
  path: string,
  reason: string,
  { rest }: ReadContext,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await rest.send({ method: 'GET', path, priority: 'read', signal });
  } catch (error) {
    if (isOutOfBounds(error)) throw missingPermission(reason);
    throw error;
  }
}

/** A 403 or 404 of Discord means no; anything else is an outage. */
export function isOutOfBounds(error: unknown): boolean {
  return error instanceof DiscordRequestError && (error.status === 403 || error.status === 404);
}
