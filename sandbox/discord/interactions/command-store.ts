import {
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type APIApplicationCommand,
} from 'discord-api-types/v10';
import type { Bus } from '../bus.ts';
import { ApiError, refusals } from '../rest/api-error.ts';
import type { CommandBody } from '../rest/schemas/command.ts';

/** https://discord.com/developers/docs/interactions/application-commands#registering-a-command */
const maxCommands = new Map([
  [ApplicationCommandType.ChatInput, 100],
  [ApplicationCommandType.User, 15],
  [ApplicationCommandType.Message, 15],
]);
const maxCreatesPerDay = 200;
const dayMs = 86_400_000;

/** The application's commands; `guildId` null means the global ones. */
export interface CommandStore {
  all(): APIApplicationCommand[];
  list(guildId: string | null): APIApplicationCommand[];
  get(guildId: string | null, id: string): APIApplicationCommand;
  overwrite(guildId: string | null, bodies: readonly CommandBody[]): APIApplicationCommand[];
  /** Creates, or replaces the one of that name and type. */
  put(guildId: string | null, body: CommandBody): { command: APIApplicationCommand; created: boolean };
  patch(guildId: string | null, id: string, body: Partial<CommandBody>): APIApplicationCommand;
  delete(guildId: string | null, id: string): void;
  /** A guild's own command of that name goes before a global one. */
  find(guildId: string | null, name: string, type: ApplicationCommandType): APIApplicationCommand | undefined;
}

export function createCommandStore(options: {
  applicationId: string;
  newId: () => string;
  bus: Bus;
}): CommandStore {
  const commands = new Map<string, APIApplicationCommand>();
  let createTimes: number[] = [];

  function inScope(guildId: string | null): APIApplicationCommand[] {
    return [...commands.values()].filter((command) => (command.guild_id ?? null) === guildId);
  }

  function save(
    guildId: string | null,
    body: CommandBody,
  ): { command: APIApplicationCommand; created: boolean } {
    const type = body.type ?? ApplicationCommandType.ChatInput;
    const existing = inScope(guildId).find((one) => one.name === body.name && one.type === type);
    if (existing === undefined) countCreate();
    const command = toCommand(existing?.id ?? options.newId(), guildId, body);
    commands.set(command.id, command);
    return { command, created: existing === undefined };
  }

  function countCreate(): void {
    const now = Date.now();
    createTimes = createTimes.filter((time) => time > now - dayMs);
    if (createTimes.length >= maxCreatesPerDay) {
      throw new ApiError(
        400,
        30034,
        `Max number of daily application command creates has been reached (${maxCreatesPerDay})`,
      );
    }
    createTimes.push(now);
  }

  function checkCounts(guildId: string | null): void {
    for (const [type, max] of maxCommands) {
      const count = inScope(guildId).filter((command) => command.type === type).length;
      if (count <= max) continue;
      throw new ApiError(400, 30032, `Maximum number of application commands reached (${max}).`);
    }
  }

  function toCommand(id: string, guildId: string | null, body: CommandBody): APIApplicationCommand {
    const command = {
      id,
      application_id: options.applicationId,
      version: options.newId(),
      type: body.type ?? ApplicationCommandType.ChatInput,
      name: body.name,
      name_localizations: body.name_localizations ?? null,
      description: body.description ?? '',
      description_localizations: body.description_localizations ?? null,
      default_member_permissions: body.default_member_permissions ?? null,
      nsfw: body.nsfw ?? false,
      ...(body.options == null ? {} : { options: body.options }),
      ...(guildId === null
        ? {
            integration_types: body.integration_types ?? [ApplicationIntegrationType.GuildInstall],
            contexts: body.contexts ?? null,
            dm_permission:
              body.contexts?.includes(InteractionContextType.BotDM) ?? body.dm_permission ?? true,
          }
        : { guild_id: guildId, integration_types: [ApplicationIntegrationType.GuildInstall] }),
    };
    return command as unknown as APIApplicationCommand;
  }

  function changed(): void {
    options.bus.emit({ type: 'commands', commands: [...commands.values()] });
  }

  const store: CommandStore = {
    all: () => [...commands.values()],
    list: inScope,
    get(guildId, id) {
      const command = commands.get(id);
      if (command === undefined || (command.guild_id ?? null) !== guildId) throw refusals.unknownCommand();
      return command;
    },
    overwrite(guildId, bodies) {
      const before = inScope(guildId);
      const saved = bodies.map((body) => save(guildId, body).command);
      const kept = new Set(saved.map(({ id }) => id));
      for (const { id } of before) if (!kept.has(id)) commands.delete(id);
      checkCounts(guildId);
      changed();
      return saved;
    },
    put(guildId, body) {
      const saved = save(guildId, body);
      checkCounts(guildId);
      changed();
      return saved;
    },
    patch(guildId, id, body) {
      const before = store.get(guildId, id) as unknown as CommandBody;
      const command = toCommand(id, guildId, { ...before, ...body });
      commands.set(id, command);
      changed();
      return command;
    },
    delete(guildId, id) {
      store.get(guildId, id);
      commands.delete(id);
      changed();
    },
    find(guildId, name, type) {
      const named = [...commands.values()].filter((one) => one.name === name && one.type === type);
      const own = guildId === null ? undefined : named.find((one) => one.guild_id === guildId);
      return own ?? named.find((one) => one.guild_id === undefined);
    },
  };
  return store;
}
