import { ComponentType, InteractionType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { NewInteraction } from '../interactions/interaction-store.ts';
import { hasBot, toInstallOwners } from '../interactions/installation.ts';
import { walkComponents, type AnyComponent } from '../rest/schemas/component-walk.ts';
import type { MessageState } from '../world/entities.ts';
import { hasPermission } from '../world/permissions.ts';
import { toPartialMember, toRole, toUser, toChannel } from '../world/views.ts';

type Component = AnyComponent & {
  readonly id?: number;
  readonly disabled?: boolean;
  readonly min_values?: number;
  readonly max_values?: number;
  readonly options?: readonly { readonly value: string }[];
};

export interface Control {
  readonly component: Component;
  readonly interaction: Omit<NewInteraction, 'id'>;
}

/** The button or menu of that id, where the person sees it and can use it. */
export function findControl(core: Core, userId: string, messageId: string, customId: string): Control {
  const state = findSeen(core, userId, messageId);
  const components = (state.message.components ?? []) as unknown as Component[];
  const found = [...walkComponents(components)].find(({ component }) => component.custom_id === customId);
  const component = found?.component as Component | undefined;
  if (component === undefined) throw new Error(`The message has no control ${customId}`);
  if (component.disabled === true) throw new Error(`The control ${customId} is switched off`);
  const channel = core.world.channels.get(state.message.channel_id);
  if (channel === undefined) throw new Error('The channel of this message is gone');
  if (!hasPermission(core.world, channel, userId, P.ViewChannel))
    throw new Error('This person cannot see the message');
  const isUserInstalled = !hasBot(core, channel);
  return {
    component,
    interaction: {
      type: InteractionType.MessageComponent,
      command: null,
      userId,
      channelId: channel.id,
      guildId: channel.guildId,
      source: state,
      isUserInstalled,
      installOwners: toInstallOwners(channel, userId, isUserInstalled),
    },
  };
}

/** In the channel, or among the messages that only this person sees. */
function findSeen(core: Core, userId: string, messageId: string): MessageState {
  const found =
    core.world.findMessage(messageId)?.state ?? core.interactions.findEphemeral(userId, messageId);
  if (found === undefined) throw new Error(`This person sees no message ${messageId}`);
  return found;
}

export function toSelectData(
  core: Core,
  { component, interaction }: Control,
  values: readonly string[],
): object {
  const { min_values = 1, max_values = 1, options, type } = component;
  if (type === ComponentType.Button) throw new Error(`${component.custom_id ?? ''} is not a menu`);
  if (values.length < min_values || values.length > max_values) {
    throw new Error(`Between ${min_values} and ${max_values} values can be chosen here`);
  }
  const unknown = values.find(
    (value) => options !== undefined && !options.some((one) => one.value === value),
  );
  if (unknown !== undefined) throw new Error(`The menu has no value ${unknown}`);
  return {
    component_type: type,
    custom_id: component.custom_id,
    id: component.id,
    values,
    ...(type === ComponentType.StringSelect ? {} : { resolved: resolve(core, interaction.guildId, values) }),
  };
}

function resolve(core: Core, guildId: string | null, ids: readonly string[]): object {
  const { world } = core;
  const resolved: Record<'users' | 'members' | 'roles' | 'channels', Record<string, object>> = {
    users: {},
    members: {},
    roles: {},
    channels: {},
  };
  for (const id of ids) {
    const role = world.guilds.get(guildId ?? '')?.roles.get(id);
    const channel = world.channels.get(id);
    const member = world.memberOf(guildId, id);
    if (role !== undefined) resolved.roles[id] = toRole(role);
    else if (channel !== undefined)
      resolved.channels[id] = { ...toChannel(world, channel), permissions: '0' };
    else resolved.users[id] = toUser(world, id);
    if (member !== undefined) resolved.members[id] = { ...toPartialMember(member), permissions: '0' };
  }
  return resolved;
}
