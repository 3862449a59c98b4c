import { ApplicationIntegrationType, InteractionContextType } from 'discord.js';

/** In servers, in DMs with the bot and between people; for servers and for people who install the bot themselves. */
export const everywhere = {
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [
    InteractionContextType.Guild,
    InteractionContextType.BotDM,
    InteractionContextType.PrivateChannel,
  ],
};
