import { ApplicationIntegrationType, InteractionContextType } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { ChannelState } from '../world/entities.ts';

/** Where Discord says that an interaction happens. */
export function toContext(core: Core, channel: ChannelState): InteractionContextType {
  if (channel.guildId !== null) return InteractionContextType.Guild;
  return hasBot(core, channel) ? InteractionContextType.BotDM : InteractionContextType.PrivateChannel;
}

export function hasBot(core: Core, channel: ChannelState): boolean {
  if (channel.guildId === null) return channel.recipientIds.includes(core.bot.id);
  return core.world.guilds.get(channel.guildId)?.members.has(core.bot.id) === true;
}

/** Whose installation answers, as `authorizing_integration_owners` says it. */
export function toInstallOwners(
  channel: ChannelState,
  userId: string,
  userInstalled: boolean,
): Readonly<Record<string, string>> {
  if (userInstalled) return { [ApplicationIntegrationType.UserInstall]: userId };
  return { [ApplicationIntegrationType.GuildInstall]: channel.guildId ?? '0' };
}
