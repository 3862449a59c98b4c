import { GatewayIntentBits as I } from 'discord-api-types/v10';
import { z } from 'zod';
import type { Core } from '../core.ts';
import type { MemberState } from '../world/entities.ts';
import { toMember } from '../world/views.ts';

const membersPerChunk = 1_000;

const request = z.object({
  guild_id: z.string(),
  query: z.string().optional(),
  limit: z.int().min(0).optional(),
  user_ids: z.union([z.string(), z.array(z.string()).max(100)]).optional(),
  nonce: z.string().max(32).optional(),
});

/** The answer to opcode 8. All members of a guild are only for those with the members intent. */
export function toMemberChunks(core: Core, intents: number, data: unknown): object[] {
  const parsed = request.safeParse(data);
  if (!parsed.success) return [];
  const { guild_id, query = '', limit = 0, user_ids, nonce } = parsed.data;
  const guild = core.world.guilds.get(guild_id);
  if (guild?.members.has(core.bot.id) !== true) return [];
  const wantsAll = user_ids === undefined && query === '' && limit === 0;
  if (wantsAll && (intents & I.GuildMembers) === 0) return [];
  const ids = user_ids === undefined ? undefined : [user_ids].flat();
  const found: MemberState[] = [...guild.members.values()].filter((member) =>
    ids === undefined ? isNamed(core, member, query) : ids.includes(member.userId),
  );
  const members = limit > 0 && ids === undefined ? found.slice(0, limit) : found;
  const count = Math.max(1, Math.ceil(members.length / membersPerChunk));
  return Array.from({ length: count }, (_, index) => ({
    guild_id,
    members: members
      .slice(index * membersPerChunk, (index + 1) * membersPerChunk)
      .map((member) => toMember(core.world, member)),
    chunk_index: index,
    chunk_count: count,
    not_found: (ids ?? []).filter((id) => !guild.members.has(id)),
    ...(nonce === undefined ? {} : { nonce }),
  }));
}

function isNamed(core: Core, member: MemberState, query: string): boolean {
  const name = member.nick ?? core.world.users.get(member.userId)?.username ?? '';
  return name.toLowerCase().startsWith(query.toLowerCase());
}
