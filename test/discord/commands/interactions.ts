import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ChannelType,
  InteractionType,
  type APIChatInputApplicationCommandInteraction,
} from 'discord.js';

type Value = string | boolean;

export interface InteractionGiven {
  readonly id?: string;
  readonly subcommand?: string;
  readonly options?: Readonly<Record<string, Value>>;
  /** Null: in a DM with the bot. */
  readonly guildId?: string | null;
  readonly channel?: Readonly<Record<string, unknown>>;
  readonly userId?: string;
  readonly permissions?: bigint;
  readonly context?: number;
}

let lastId = 1_300_000_000_000_000_000n;

/** A slash command as the gateway dispatches it. */
export function toInteraction(
  name: string,
  given: InteractionGiven = {},
): APIChatInputApplicationCommandInteraction {
  const { guildId = '1', userId = '100', permissions = 0n, subcommand } = given;
  const values = Object.entries(given.options ?? {}).map(([option, value]) => ({
    name: option,
    type:
      typeof value === 'string' ? ApplicationCommandOptionType.String : ApplicationCommandOptionType.Boolean,
    value,
  }));
  const options = subcommand
    ? [{ name: subcommand, type: ApplicationCommandOptionType.Subcommand, options: values }]
    : values;
  const user = { id: userId, username: 'ann', global_name: 'Ann', discriminator: '0', avatar: null };
  const interaction = {
    id: given.id ?? String((lastId += 1n)),
    application_id: '900',
    token: 'secret-token',
    type: InteractionType.ApplicationCommand,
    version: 1,
    context: given.context ?? (guildId === null ? 1 : 0),
    channel: given.channel ?? { id: '10', type: ChannelType.GuildText },
    data: { id: '77', name, type: ApplicationCommandType.ChatInput, options },
    ...(guildId === null
      ? { user }
      : { guild_id: guildId, member: { user, roles: [], permissions: String(permissions) } }),
  };
  return interaction as unknown as APIChatInputApplicationCommandInteraction;
}
