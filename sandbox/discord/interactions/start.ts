import {
  ApplicationIntegrationType,
  type APIApplicationCommand,
  type ApplicationCommandType,
} from 'discord-api-types/v10';
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { ChannelState } from '../world/entities.ts';
import { allPermissions, hasPermission, toPermissions } from '../world/permissions.ts';
import { hasBot, toContext } from './installation.ts';
import type { InteractionRecord, NewInteraction } from './interaction-store.ts';
import { toInteractionPayload } from './payload.ts';

/** Dispatches the interaction; resolves when the app has acknowledged it, rejects after the window. */
export async function startInteraction(
  core: Core,
  interaction: Omit<NewInteraction, 'id'>,
  data: object,
): Promise<InteractionRecord> {
  const record = core.interactions.add({ ...interaction, id: core.world.newId() });
  const payload = toInteractionPayload(core, record, data);
  const acknowledged = waitForAnswer(core, record);
  core.bus.dispatch({
    name: 'INTERACTION_CREATE',
    guildId: record.guildId,
    intents: 0,
    data: () => payload,
  });
  await acknowledged;
  return record;
}

function waitForAnswer(core: Core, record: InteractionRecord): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    record.listeners.delete(check);
    reject(new Error('The application did not respond'));
  }, core.settings.interactionWindowMs);
  function check(): void {
    if (record.answer === 'none') return;
    clearTimeout(timer);
    record.listeners.delete(check);
    resolve(undefined);
  }
  record.listeners.add(check);
  return promise;
}

/** Where a command runs: which installation it belongs to. Throws where Discord would not offer it. */
export function findCommand(
  core: Core,
  userId: string,
  channel: ChannelState,
  name: string,
  type: ApplicationCommandType,
  userInstalled: boolean,
): APIApplicationCommand {
  const isBotHere = hasBot(core, channel);
  if (userInstalled && isBotHere && channel.guildId !== null) {
    throw new Error('The bot is in this server: the command runs as the server installed it');
  }
  if (!userInstalled && !isBotHere) throw new Error('The bot is not in this server');
  const command = core.commands.find(userInstalled ? null : channel.guildId, name, type);
  if (command === undefined) throw new Error(`There is no command ${name}`);
  checkContext(core, command, channel, userInstalled);
  checkPermissions(core, userId, channel, command);
  return command;
}

function checkContext(
  core: Core,
  command: APIApplicationCommand,
  channel: ChannelState,
  userInstalled: boolean,
): void {
  const types = command.integration_types ?? [ApplicationIntegrationType.GuildInstall];
  const needed = userInstalled
    ? ApplicationIntegrationType.UserInstall
    : ApplicationIntegrationType.GuildInstall;
  const isDirect = channel.guildId === null;
  if (!types.includes(needed) && !(isDirect && types.length > 0)) {
    throw new Error(`The command ${command.name} is not for ${userInstalled ? 'user' : 'server'} installs`);
  }
  const isOffered = command.contexts?.includes(toContext(core, channel)) ?? true;
  if (!isOffered)
    throw new Error(`The command ${command.name} is not for ${isDirect ? 'direct messages' : 'servers'}`);
}

function checkPermissions(
  core: Core,
  userId: string,
  channel: ChannelState,
  command: APIApplicationCommand,
): void {
  if (!hasPermission(core.world, channel, userId, P.ViewChannel))
    throw new Error('This person cannot see the channel');
  if (channel.guildId === null) return;
  const permissions = toPermissions(core.world, channel, userId);
  if ((permissions & P.UseApplicationCommands) === 0n)
    throw new Error('This person may not use commands here');
  const needed = command.default_member_permissions;
  if (needed === null) return;
  const isAllowed =
    permissions === allPermissions || (needed !== '0' && (permissions & BigInt(needed)) === BigInt(needed));
  if (!isAllowed) throw new Error(`This person may not use the command ${command.name}`);
}
