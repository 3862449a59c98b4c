import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import { createDiscordRest } from '../../../src/discord/outgoing/rest.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../../../src/discord/gateway/client.ts';
import type { GatewayHandlers } from '../../../src/discord/gateway/dispatches.ts';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import type { SimulatedDiscord, SimulatorOptions } from '../../../sandbox/discord/types.ts';
import type { IncomingMessage } from '../../../src/intake/incoming.ts';
import { recordLog } from '../../intake/recorded-log.ts';

export interface LiveOptions {
  readonly simulator?: SimulatorOptions;
  readonly gateway?: Partial<GatewayOptions>;
  readonly handlers?: Partial<GatewayHandlers>;
}

/** The real gateway and the real REST client on a local Discord with one server, two people and two channels. */
export async function createLiveScene({ simulator, gateway: given, handlers }: LiveOptions = {}) {
  const discord = await startDiscord(simulator);
  const ann = discord.people.addUser({ name: 'ann' });
  const bob = discord.people.addUser({ name: 'bob' });
  const guild = discord.people.addGuild({ memberIds: [ann.id, bob.id] });
  const general = discord.people.addChannel(guild.id, { name: 'general' });
  const hidden = discord.people.addChannel(guild.id, {
    name: 'hidden',
    hiddenFromEveryone: true,
    visibleTo: [discord.botUserId, bob.id],
  });

  const { log, lines } = recordLog();
  const { token, apiUrl } = discord;
  const rest = createDiscordRest({ token, apiUrl });
  const budget = createOutgoingBudget({ sender: rest, requestsPerSecond: 50 });
  const messages: IncomingMessage[] = [];
  const fatal: unknown[] = [];
  const gateway = createGateway({
    token,
    apiUrl,
    messageContent: false,
    rest: rest.clientOptions(budget.countForeign),
    onFatal: (error) => fatal.push(error),
    log,
    ...given,
  });
  gateway.listen({
    onMessage: (message) => messages.push(message),
    onInteraction: () => undefined,
    ...handlers,
  });
  return { discord, gateway, budget, ann, bob, guild, general, hidden, messages, fatal, lines, log };
}

export type LiveScene = Awaited<ReturnType<typeof createLiveScene>>;

export async function endScene({
  gateway,
  discord,
}: {
  gateway: Gateway;
  discord: SimulatedDiscord;
}): Promise<void> {
  await gateway.stop();
  await discord.stop();
}
