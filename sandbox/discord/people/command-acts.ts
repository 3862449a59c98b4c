import { ApplicationCommandType, InteractionType, type APIApplicationCommand } from 'discord-api-types/v10';
import { fillOptions } from '../interactions/command-options.ts';
import { toSeenInteraction } from '../interactions/seen-interaction.ts';
import { hasBot, toInstallOwners } from '../interactions/installation.ts';
import { findCommand, startInteraction } from '../interactions/start.ts';
import type { NewInteraction } from '../interactions/interaction-store.ts';
import type { Core } from '../core.ts';
import type { CommandOptions, People } from '../types.ts';
import type { ChannelState } from '../world/entities.ts';
import { toContextTarget } from './context-target.ts';
import { findChannel } from './world-acts.ts';

type CommandActs = Pick<People, 'command' | 'contextMenu' | 'autocomplete'>;

/** Commands, as the client of a person sends them. */
export function createCommandActs(core: Core): CommandActs {
  return {
    async command(userId, channelId, name, options = {}) {
      const channel = findChannel(core, channelId);
      const found = findChatCommand(core, userId, channel, name, options);
      const data = toCommandData(core, userId, channel, found, options);
      const interaction = {
        ...toCommandBase(core, userId, channel, options.userInstalled === true),
        type: InteractionType.ApplicationCommand,
        command: { name, isContextMenu: false },
      };
      return toSeenInteraction(await startInteraction(core, interaction, data));
    },
    async contextMenu(userId, channelId, name, targetId) {
      const channel = findChannel(core, channelId);
      const target = toContextTarget(core, channel, targetId);
      const userInstalled = !hasBot(core, channel);
      const found = findCommand(core, userId, channel, name, target.type, userInstalled);
      const interaction = {
        ...toCommandBase(core, userId, channel, userInstalled),
        type: InteractionType.ApplicationCommand,
        command: { name, isContextMenu: true },
      };
      const data = { id: found.id, name, type: target.type, target_id: targetId, resolved: target.resolved };
      return toSeenInteraction(await startInteraction(core, interaction, data));
    },
    async autocomplete(userId, channelId, name, options) {
      const channel = findChannel(core, channelId);
      const found = findChatCommand(core, userId, channel, name, options);
      const interaction = {
        ...toCommandBase(core, userId, channel, options.userInstalled === true),
        type: InteractionType.ApplicationCommandAutocomplete,
        command: { name, isContextMenu: false },
      };
      const record = await startInteraction(
        core,
        interaction,
        toCommandData(core, userId, channel, found, options),
      );
      return record.choices.map((choice) => ({ name: choice.name, value: choice.value }));
    },
  };
}

function findChatCommand(
  core: Core,
  userId: string,
  channel: ChannelState,
  name: string,
  options: CommandOptions,
): APIApplicationCommand {
  const userInstalled = options.userInstalled === true;
  return findCommand(core, userId, channel, name, ApplicationCommandType.ChatInput, userInstalled);
}

function toCommandData(
  core: Core,
  userId: string,
  channel: ChannelState,
  command: APIApplicationCommand,
  given: CommandOptions & { focused?: string },
): object {
  const { options, resolved } = fillOptions(core, userId, channel, command, given);
  return {
    id: command.id,
    name: command.name,
    type: command.type,
    ...(command.guild_id === undefined ? {} : { guild_id: command.guild_id }),
    ...(options.length === 0 ? {} : { options }),
    ...(resolved === undefined ? {} : { resolved }),
  };
}

function toCommandBase(
  core: Core,
  userId: string,
  channel: ChannelState,
  userInstalled: boolean,
): Omit<NewInteraction, 'id' | 'type' | 'command'> {
  return {
    userId,
    channelId: channel.id,
    guildId: channel.guildId,
    source: null,
    isUserInstalled: userInstalled && !hasBot(core, channel),
    installOwners: toInstallOwners(channel, userId, userInstalled),
  };
}
