import { Client, GatewayIntentBits, Partials, type ClientOptions } from 'discord.js';
import type { SimulatedDiscord } from '../../../sandbox/discord/types.ts';

const unprivileged = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessages,
];

/** discord.js, unmodified, connected and ready. */
export async function connectClient(
  discord: SimulatedDiscord,
  options: Partial<ClientOptions> = {},
): Promise<Client<true>> {
  const client = new Client({
    intents: unprivileged,
    partials: [Partials.Channel],
    rest: { api: discord.apiUrl },
    ...options,
  });
  const ready = Promise.withResolvers<Client<true>>();
  client.once('clientReady', ready.resolve);
  await client.login(discord.token);
  return ready.promise;
}
