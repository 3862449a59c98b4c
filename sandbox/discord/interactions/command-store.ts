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

/** Null: the global commands; else those of one guild. */
export type CommandScope = string | null;

interface CommandStoreOptions {
  readonly applicationId: string;
  readonly newId: () => string;
  readonly bus: Bus;
}

/** The application's commands, unique by scope, name and type. */
export class CommandStore {
  readonly #options: CommandStoreOptions;
  readonly #commands = new Map<string, APIApplicationCommand>();
  #createTimes: number[] = [];

  constructor(options: CommandStoreOptions) {
    this.#options = options;
  }

  all(): APIApplicationCommand[] {
    return [...this.#commands.values()];
  }

  list(scope: CommandScope): APIApplicationCommand[] {
    return this.all().filter((command) => (command.guild_id ?? null) === scope);
  }

  get(scope: CommandScope, id: string): APIApplicationCommand {
    const command = this.#commands.get(id);
    if (command === undefined || (command.guild_id ?? null) !== scope) throw refusals.unknownCommand();
    return command;
  }

  /** What is not among `bodies` goes; what is there by name and type keeps its id. */
  overwrite(scope: CommandScope, bodies: readonly CommandBody[]): APIApplicationCommand[] {
    checkCounts(bodies);
    const before = this.list(scope);
    const saved = bodies.map((body) => this.#save(scope, body).command);
    const kept = new Set(saved.map(({ id }) => id));
    for (const { id } of before) if (!kept.has(id)) this.#commands.delete(id);
    this.#changed();
    return saved;
  }

  /** Creates, or replaces the one of that name and type. */
  put(scope: CommandScope, body: CommandBody): { command: APIApplicationCommand; created: boolean } {
    const others = this.list(scope).filter((one) => one.name !== body.name);
    checkCounts([...others, body]);
    const saved = this.#save(scope, body);
    this.#changed();
    return saved;
  }

  replace(scope: CommandScope, id: string, body: CommandBody): APIApplicationCommand {
    const command = this.#toCommand(this.get(scope, id).id, scope, body);
    this.#commands.set(id, command);
    this.#changed();
    return command;
  }

  delete(scope: CommandScope, id: string): void {
    this.#commands.delete(this.get(scope, id).id);
    this.#changed();
  }

  /** A guild's own command of that name goes before a global one. */
  find(scope: CommandScope, name: string, type: ApplicationCommandType): APIApplicationCommand | undefined {
    const named = this.all().filter((one) => one.name === name && one.type === type);
    const own = scope === null ? undefined : named.find((one) => one.guild_id === scope);
    return own ?? named.find((one) => one.guild_id === undefined);
  }

  #save(scope: CommandScope, body: CommandBody): { command: APIApplicationCommand; created: boolean } {
    const type = body.type ?? ApplicationCommandType.ChatInput;
    const existing = this.list(scope).find((one) => one.name === body.name && one.type === type);
    if (existing === undefined) this.#countCreate();
    const command = this.#toCommand(existing?.id ?? this.#options.newId(), scope, body);
    this.#commands.set(command.id, command);
    return { command, created: existing === undefined };
  }

  #countCreate(): void {
    const now = Date.now();
    this.#createTimes = this.#createTimes.filter((time) => time > now - dayMs);
    if (this.#createTimes.length >= maxCreatesPerDay) {
      const message = `Max number of daily application command creates has been reached (${maxCreatesPerDay})`;
      throw new ApiError(400, 30034, message);
    }
    this.#createTimes.push(now);
  }

  #toCommand(id: string, scope: CommandScope, body: CommandBody): APIApplicationCommand {
    const { contexts, dm_permission } = body;
    const command = {
      id,
      application_id: this.#options.applicationId,
      version: this.#options.newId(),
      type: body.type ?? ApplicationCommandType.ChatInput,
      name: body.name,
      name_localizations: body.name_localizations ?? null,
      description: body.description ?? '',
      description_localizations: body.description_localizations ?? null,
      default_member_permissions: body.default_member_permissions ?? null,
      nsfw: body.nsfw ?? false,
      integration_types: body.integration_types ?? [ApplicationIntegrationType.GuildInstall],
      ...(body.options === undefined || body.options === null ? {} : { options: body.options }),
      ...(scope === null
        ? {
            contexts: contexts ?? null,
            dm_permission: contexts?.includes(InteractionContextType.BotDM) ?? dm_permission ?? true,
          }
        : { guild_id: scope }),
    };
    return command as unknown as APIApplicationCommand;
  }

  #changed(): void {
    this.#options.bus.emit({ type: 'commands', commands: this.all() });
  }
}

function checkCounts(commands: readonly { type?: ApplicationCommandType | null | undefined }[]): void {
  for (const [type, max] of maxCommands) {
    const count = commands.filter((one) => (one.type ?? ApplicationCommandType.ChatInput) === type).length;
    if (count <= max) continue;
    throw new ApiError(400, 30032, `Maximum number of application commands reached (${max}).`);
  }
}
