import { AllowedMentionsTypes, PermissionFlagsBits as P, type APIUser } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { AllowedMentionsBody } from '../rest/schemas/message.ts';
import type { ChannelState, MessageState } from '../world/entities.ts';
import { hasPermission } from '../world/permissions.ts';

export interface Mentions {
  readonly users: APIUser[];
  readonly roleIds: string[];
  readonly everyone: boolean;
}

interface MentionSource {
  readonly channel: ChannelState;
  readonly authorId: string;
  /** Content and the text of components. */
  readonly text: string;
  /** Null: everything in the text pings, and so does the author replied to. */
  readonly allowed: AllowedMentionsBody | null;
  readonly repliedTo: MessageState | undefined;
}

/** Whom a message pings: what its text names, as far as its sender allowed and may. */
export function toMentions(core: Core, source: MentionSource): Mentions {
  const text = source.text.replaceAll(/```[\s\S]*?```|`[^`\n]+`/g, '');
  const users = namedUsers(core, text, source.allowed);
  const replied = repliedUser(source);
  if (replied !== undefined && !users.some((user) => user.id === replied.id)) users.push(replied);
  return { users, roleIds: namedRoles(core, text, source), everyone: isEveryone(core, text, source) };
}

function namedUsers(core: Core, text: string, allowed: AllowedMentionsBody | null): APIUser[] {
  if (!text.includes('<@')) return [];
  const ids = new Set([...text.matchAll(/<@!?(\d+)>/g)].map((match) => match[1] ?? ''));
  const users: APIUser[] = [];
  for (const id of ids) {
    const user = core.world.users.get(id);
    if (user !== undefined && isAllowed(allowed, AllowedMentionsTypes.User, id)) users.push(user);
  }
  return users;
}

function namedRoles(core: Core, text: string, source: MentionSource): string[] {
  if (!text.includes('<@&')) return [];
  const guild = core.world.guildOf(source.channel);
  const mayPingAll = mayMentionEveryone(core, source);
  const ids = new Set([...text.matchAll(/<@&(\d+)>/g)].map((match) => match[1] ?? ''));
  return [...ids].filter((id) => {
    const role = guild?.roles.get(id);
    const mayPing = role !== undefined && (role.mentionable || mayPingAll);
    return mayPing && isAllowed(source.allowed, AllowedMentionsTypes.Role, id);
  });
}

function isEveryone(core: Core, text: string, source: MentionSource): boolean {
  if (source.channel.guildId === null || !/@(everyone|here)\b/.test(text)) return false;
  const isSwitchedOn = source.allowed === null || source.allowed.parse?.includes('everyone') === true;
  return isSwitchedOn && mayMentionEveryone(core, source);
}

function mayMentionEveryone(core: Core, { channel, authorId }: MentionSource): boolean {
  return hasPermission(core.world, channel, authorId, P.MentionEveryone);
}

/** An answer to an interaction is nobody's message to ping, hence a reply to it mentions no one. */
function repliedUser({ allowed, repliedTo }: MentionSource): APIUser | undefined {
  if (repliedTo === undefined || repliedTo.message.interaction_metadata !== undefined) return undefined;
  if (repliedTo.message.webhook_id !== undefined) return undefined;
  return allowed === null || allowed.replied_user === true ? repliedTo.message.author : undefined;
}

function isAllowed(
  allowed: AllowedMentionsBody | null,
  kind: AllowedMentionsTypes.User | AllowedMentionsTypes.Role,
  id: string,
): boolean {
  if (allowed === null || allowed.parse?.includes(kind) === true) return true;
  return allowed[kind]?.includes(id) === true;
}
