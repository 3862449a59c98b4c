/** The permission bits that Switchboard asks about, as Discord numbers them. */
export const permission = {
  administrator: 1n << 3n,
  manageChannels: 1n << 4n,
  manageGuild: 1n << 5n,
  addReactions: 1n << 6n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  manageMessages: 1n << 13n,
  readMessageHistory: 1n << 16n,
  connect: 1n << 20n,
  manageThreads: 1n << 34n,
  createPublicThreads: 1n << 35n,
  sendMessagesInThreads: 1n << 38n,
} as const;

/** What a member needs to open a public thread and speak in it. */
export const threadOpening = permission.createPublicThreads | permission.sendMessagesInThreads;

/** What permissions in a guild are computed from. */
export interface GuildFacts {
  readonly id: string;
  readonly ownerId: string;
  /** Permission bits by role id; the id of @everyone is the guild's. */
  readonly roles: ReadonlyMap<string, bigint>;
}

/** Allows and denies of one role or member in one channel. */
export interface Overwrite {
  /** Of the role or the member. */
  readonly id: string;
  readonly allow: bigint;
  readonly deny: bigint;
}

export interface MemberFacts {
  readonly userId: string;
  readonly roleIds: readonly string[];
}

/** Whether all of `needed` are there. An administrator has every permission. */
export function hasPermission(bits: bigint, needed: bigint): boolean {
  return (bits & permission.administrator) !== 0n || (bits & needed) === needed;
}

/** A member's permissions in a channel (of a thread: its parent), in the order in which Discord applies them. */
export function permissionsIn(
  guild: GuildFacts,
  overwrites: readonly Overwrite[],
  member: MemberFacts,
): bigint {
  if (member.userId === guild.ownerId) return ~0n;
  const base = member.roleIds.reduce(
    (bits, roleId) => bits | (guild.roles.get(roleId) ?? 0n),
    guild.roles.get(guild.id) ?? 0n,
  );
  if ((base & permission.administrator) !== 0n) return ~0n;
  const steps = [[guild.id], member.roleIds, [member.userId]];
  return steps.reduce((bits, ids) => applyOverwrites(bits, overwrites, ids), base);
}

function applyOverwrites(bits: bigint, overwrites: readonly Overwrite[], ids: readonly string[]): bigint {
  let allow = 0n;
  let deny = 0n;
  for (const overwrite of overwrites) {
    if (!ids.includes(overwrite.id)) continue;
    allow |= overwrite.allow;
    deny |= overwrite.deny;
  }
  return (bits & ~deny) | allow;
}

/** What permissions in a channel are computed from. */
export interface ChannelRights {
  readonly overwrites: readonly Overwrite[];
  /** A voice or stage channel: who may not connect cannot read what is written there either. */
  readonly isVoice?: boolean;
}

/** What a member needs to read a channel. */
export function toReading({ isVoice = false }: ChannelRights): bigint {
  const reading = permission.viewChannel | permission.readMessageHistory;
  return isVoice ? reading | permission.connect : reading;
}

/**
 * Whether every member of the guild can read a channel. One role or person that is shut out is enough for no,
 * because what is said here may later be used before anybody in the guild.
 */
export function canEveryoneRead(guild: GuildFacts, channel: ChannelRights): boolean {
  const nobody = { userId: '', roleIds: [] };
  const { overwrites } = channel;
  const reading = toReading(channel);
  if (!hasPermission(permissionsIn(guild, overwrites, nobody), reading)) return false;
  return overwrites.every(({ id, deny }) => id === guild.id || (deny & reading) === 0n);
}
