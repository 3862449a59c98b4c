import {
  ApplicationCommandOptionType as OptionType,
  type APIApplicationCommand,
  type APIAttachment,
} from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { OptionBody } from '../rest/schemas/command.ts';
import type { CommandOptions } from '../types.ts';
import type { ChannelState } from '../world/entities.ts';
import { toPermissions } from '../world/permissions.ts';
import { toChannel, toPartialMember, toRole, toUser } from '../world/views.ts';

export interface ResolvedData {
  users: Record<string, object>;
  members: Record<string, object>;
  roles: Record<string, object>;
  channels: Record<string, object>;
  attachments: Record<string, APIAttachment>;
}

export interface FilledOption {
  readonly name: string;
  readonly type: OptionType;
  readonly value?: string | number | boolean;
  readonly focused?: boolean;
  readonly options?: readonly FilledOption[];
}

interface Filling {
  readonly core: Core;
  readonly userId: string;
  readonly channel: ChannelState;
  readonly given: CommandOptions;
  readonly resolved: ResolvedData;
  /** The option that an autocomplete is asked for; the others may be missing. */
  readonly focused: string | undefined;
}

/** The options as the person filled them in; throws a plain sentence where the client would not send them. */
export function fillOptions(
  core: Core,
  userId: string,
  channel: ChannelState,
  command: APIApplicationCommand,
  given: CommandOptions & { focused?: string },
): { options: readonly FilledOption[]; resolved: ResolvedData | undefined } {
  const resolved: ResolvedData = { users: {}, members: {}, roles: {}, channels: {}, attachments: {} };
  const filling = { core, userId, channel, given, resolved, focused: given.focused };
  const defined = (command.options ?? []) as unknown as OptionBody[];
  const options = fillSubcommand(filling, command.name, defined, given.subcommand?.split(/[ .]/) ?? []);
  const isUsed = Object.values(resolved).some((kind) => Object.keys(kind as object).length > 0);
  return { options, resolved: isUsed ? resolved : undefined };
}

function fillSubcommand(
  filling: Filling,
  where: string,
  defined: readonly OptionBody[],
  path: readonly string[],
): FilledOption[] {
  const [name, ...rest] = path;
  const groups = defined.filter(
    ({ type }) => type === OptionType.Subcommand || type === OptionType.SubcommandGroup,
  );
  if (name === undefined) {
    if (groups.length > 0)
      throw new Error(`/${where} needs a subcommand: ${groups.map((one) => one.name).join(', ')}`);
    return fillValues(filling, where, defined);
  }
  const chosen = groups.find((group) => group.name === name);
  if (chosen === undefined) throw new Error(`/${where} has no subcommand ${name}`);
  const options = fillSubcommand(filling, `${where} ${name}`, chosen.options ?? [], rest);
  return [{ name, type: chosen.type, options }];
}

function fillValues(filling: Filling, where: string, defined: readonly OptionBody[]): FilledOption[] {
  const { given, focused } = filling;
  const names = [...Object.keys(given.values ?? {}), ...Object.keys(given.attachments ?? {})];
  const unknown = names.find((name) => !defined.some((option) => option.name === name));
  if (unknown !== undefined) throw new Error(`/${where} has no option ${unknown}`);
  const filled: FilledOption[] = [];
  for (const option of defined) {
    const value = given.values?.[option.name];
    const file = given.attachments?.[option.name];
    if (value === undefined && file === undefined) {
      if (option.required === true && focused === undefined)
        throw new Error(`/${where} needs the option ${option.name}`);
      if (option.name === focused)
        filled.push({ name: option.name, type: option.type, value: '', focused: true });
      continue;
    }
    const stored = file === undefined ? toValue(filling, option, value ?? '') : attach(filling, file);
    const isFocused = option.name === focused;
    filled.push({
      name: option.name,
      type: option.type,
      value: stored,
      ...(isFocused ? { focused: true } : {}),
    });
  }
  return filled;
}

function attach(
  { core, channel, resolved }: Filling,
  file: { name: string; content: Uint8Array; contentType?: string },
): string {
  const id = core.world.newId();
  resolved.attachments[id] = core.files.add(id, channel.id, file, { ephemeral: true });
  return id;
}

function toValue(
  filling: Filling,
  option: OptionBody,
  value: string | number | boolean,
): string | number | boolean {
  if (option.name === filling.focused) return value;
  checkValue(option, value);
  if (typeof value === 'string') resolveMention(filling, option, value);
  return value;
}

function checkValue(option: OptionBody, value: string | number | boolean): void {
  const fail = (why: string): never => {
    throw new Error(`The option ${option.name} ${why}`);
  };
  const { choices, min_value, max_value, min_length, max_length } = option;
  switch (option.type) {
    case OptionType.Integer:
    case OptionType.Number:
      if (typeof value !== 'number') return fail('is a number');
      if (option.type === OptionType.Integer && !Number.isInteger(value)) return fail('is a whole number');
      if (value < (min_value ?? -Infinity)) return fail(`is at least ${min_value ?? 0}`);
      if (value > (max_value ?? Infinity)) return fail(`is at most ${max_value ?? 0}`);
      break;
    case OptionType.Boolean:
      if (typeof value !== 'boolean') return fail('is true or false');
      break;
    case OptionType.String:
    case OptionType.User:
    case OptionType.Channel:
    case OptionType.Role:
    case OptionType.Mentionable:
    case OptionType.Attachment:
    case OptionType.Subcommand:
    case OptionType.SubcommandGroup:
      if (typeof value !== 'string') return fail('is text');
      if (value.length < (min_length ?? 0)) return fail(`has at least ${min_length ?? 0} characters`);
      if (value.length > (max_length ?? 6_000)) return fail(`has at most ${max_length ?? 6_000} characters`);
  }
  if (choices === null || choices === undefined || choices.length === 0) return;
  if (!choices.some((one) => one.value === value)) fail('must be one of its choices');
}

function resolveMention({ core, userId, channel, resolved }: Filling, option: OptionBody, id: string): void {
  const { world } = core;
  const guild = world.guildOf(channel);
  const canBeUser = option.type === OptionType.User || option.type === OptionType.Mentionable;
  const canBeRole = option.type === OptionType.Role || option.type === OptionType.Mentionable;
  const role = canBeRole ? guild?.roles.get(id) : undefined;
  if (role !== undefined) {
    resolved.roles[id] = toRole(role);
  } else if (canBeUser && world.users.has(id)) {
    const member = guild?.members.get(id);
    resolved.users[id] = toUser(world, id);
    if (member !== undefined) {
      const permissions = toPermissions(world, channel, id).toString();
      resolved.members[id] = { ...toPartialMember(member), permissions };
    }
  } else if (option.type === OptionType.Channel && world.channels.has(id)) {
    const named = world.channels.get(id);
    if (named === undefined) return;
    const permissions = toPermissions(world, named, userId).toString();
    resolved.channels[id] = { ...toChannel(world, named), permissions };
  } else if (canBeUser || canBeRole || option.type === OptionType.Channel) {
    throw new Error(`The option ${option.name} names nothing that is here: ${id}`);
  }
}
