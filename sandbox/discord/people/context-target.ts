import { ApplicationCommandType } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { ChannelState } from '../world/entities.ts';
import { toMessage } from '../world/message-view.ts';
import { toPermissions } from '../world/permissions.ts';
import { toPartialMember, toUser } from '../world/views.ts';

/** What a context-menu command is run on, as the app gets it: content is never left out here. */
export function toContextTarget(
  core: Core,
  channel: ChannelState,
  targetId: string,
): { type: ApplicationCommandType.Message | ApplicationCommandType.User; resolved: object } {
  const { world } = core;
  const state = channel.log.get(targetId);
  if (state !== undefined) {
    const message = toMessage(world, state, core.bot.id);
    return { type: ApplicationCommandType.Message, resolved: { messages: { [targetId]: message } } };
  }
  if (!world.users.has(targetId)) throw new Error(`Here is neither a message nor a person ${targetId}`);
  const member = world.memberOf(channel.guildId, targetId);
  const permissions = toPermissions(world, channel, targetId).toString();
  return {
    type: ApplicationCommandType.User,
    resolved: {
      users: { [targetId]: toUser(world, targetId) },
      ...(member === undefined
        ? {}
        : { members: { [targetId]: { ...toPartialMember(member), permissions } } }),
    },
  };
}
