import type { SimulatedDiscord } from '../discord/types.ts';

const MESSAGES_PER_CHANNEL = 100;

/** Everything that the page shows when it opens; events change it from there on. */
export function toSnapshot(discord: SimulatedDiscord, modelLabel: string) {
  const channels = discord.channels();
  const messages = Object.fromEntries(
    channels.map((channel) => [channel.id, discord.messages(channel.id).slice(-MESSAGES_PER_CHANNEL)]),
  );
  const reactions = Object.fromEntries(
    Object.values(messages)
      .flat()
      .map((message) => [message.id, discord.reactions(message.id)] as const)
      .filter(([, list]) => list.length > 0),
  );
  return {
    type: 'snapshot',
    modelLabel,
    botUserId: discord.botUserId,
    applicationId: discord.applicationId,
    guilds: discord.guilds(),
    channels,
    users: discord.users(),
    commands: discord.commands(),
    messages,
    reactions,
  } as const;
}
