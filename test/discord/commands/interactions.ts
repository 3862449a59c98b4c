import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ChannelType,
  ComponentType,
  InteractionResponseType,
  InteractionType,
  type APIApplicationCommandAutocompleteInteraction,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageApplicationCommandInteraction,
} from 'discord.js';

type Value = string | boolean;

export interface InteractionGiven {
  readonly id?: string;
  readonly subcommand?: string;
  readonly options?: Readonly<Record<string, Value>>;
  /** Names of files by option. */
  readonly files?: Readonly<Record<string, string>>;
  /** Null: in a DM with the bot. */
  readonly guildId?: string | null;
  readonly channel?: Readonly<Record<string, unknown>>;
  readonly userId?: string;
  readonly permissions?: bigint;
  readonly context?: number;
  readonly locale?: string;
  /** Of the message that a command is used on, what is not as usual. */
  readonly message?: Readonly<Record<string, unknown>>;
}

let lastId = 1_300_000_000_000_000_000n;

/** A slash command as the gateway dispatches it. */
export function toInteraction(
  name: string,
  given: InteractionGiven = {},
): APIChatInputApplicationCommandInteraction {
  const { subcommand, files = {} } = given;
  const values = [...toValues(given.options), ...toFileValues(files)];
  const options = subcommand
    ? [{ name: subcommand, type: ApplicationCommandOptionType.Subcommand, options: values }]
    : values;
  const attachments = Object.fromEntries(Object.values(files).map((file) => [`id-${file}`, toFile(file)]));
  const data = {
    ...toCommandData(name, ApplicationCommandType.ChatInput),
    options,
    resolved: { attachments },
  };
  return complete(
    InteractionType.ApplicationCommand,
    data,
    given,
  ) as APIChatInputApplicationCommandInteraction;
}

/** A command on a message. */
export function toMessageCommand(
  name: string,
  given: InteractionGiven = {},
): APIMessageApplicationCommandInteraction {
  const message = {
    id: '1200000000000000001',
    type: 0,
    channel_id: '10',
    author: { id: '101', username: 'bob', global_name: 'Bob', discriminator: '0', avatar: null },
    content: 'Tea at *four*.',
    timestamp: '2026-01-01T00:00:00.000Z',
    edited_timestamp: null,
    mentions: [],
    embeds: [],
    attachments: [],
    flags: 0,
    ...given.message,
  };
  const data = {
    ...toCommandData(name, ApplicationCommandType.Message),
    target_id: message.id,
    resolved: { messages: { [message.id]: message } },
  };
  return complete(
    InteractionType.ApplicationCommand,
    data,
    given,
  ) as unknown as APIMessageApplicationCommandInteraction;
}

/** Somebody fills in `focused`. */
export function toAutocomplete(
  name: string,
  focused: readonly [name: string, text: string],
  given: InteractionGiven = {},
): APIApplicationCommandAutocompleteInteraction {
  const [option, text] = focused;
  const type = ApplicationCommandOptionType.String;
  const data = {
    ...toCommandData(name, ApplicationCommandType.ChatInput),
    options: [...toValues(given.options), { name: option, type, value: text, focused: true }],
  };
  return complete(
    InteractionType.ApplicationCommandAutocomplete,
    data,
    given,
  ) as APIApplicationCommandAutocompleteInteraction;
}

/** A form that was filled in. */
export function toFormSubmission(
  customId: string,
  values: Readonly<Record<string, string>>,
  given: InteractionGiven = {},
): APIInteraction {
  const components = Object.entries(values).map(([field, value], id) => {
    const component = { type: ComponentType.TextInput, id, custom_id: field, value };
    return { type: ComponentType.Label, id, component };
  });
  return complete(InteractionType.ModalSubmit, { custom_id: customId, components }, given);
}

/** Somebody presses a button of the bot's message. */
export function toPress(customId: string, given: InteractionGiven = {}): APIInteraction {
  const data = { custom_id: customId, component_type: ComponentType.Button, id: 2 };
  const interaction = complete(InteractionType.MessageComponent, data, given);
  const message = { id: '1200000000000000009', channel_id: '10', flags: 0, ...given.message };
  return { ...interaction, message } as unknown as APIInteraction;
}

/** The id of a form, from the answer that opened it. */
export function toFormId(callback: unknown): string {
  const { type, data } = callback as { readonly type: number; readonly data: { custom_id: string } };
  if (type !== (InteractionResponseType.Modal as number)) throw new Error('No form was opened');
  return data.custom_id;
}

function toCommandData(name: string, type: ApplicationCommandType) {
  return { id: '77', name, type };
}

function toValues(options: InteractionGiven['options'] = {}) {
  return Object.entries(options).map(([name, value]) => {
    const { String, Boolean } = ApplicationCommandOptionType;
    return { name, type: typeof value === 'string' ? String : Boolean, value };
  });
}

function toFileValues(files: Readonly<Record<string, string>>) {
  const type = ApplicationCommandOptionType.Attachment;
  return Object.entries(files).map(([name, file]) => ({ name, type, value: `id-${file}` }));
}

export function toFile(name: string) {
  const url = `https://cdn.discordapp.com/${name}`;
  return { id: `id-${name}`, filename: name, size: 7, url, proxy_url: url, content_type: 'text/plain' };
}

function complete(type: InteractionType, data: object, given: InteractionGiven): APIInteraction {
  const { guildId = '1', userId = '100', permissions = 0n } = given;
  const user = { id: userId, username: 'ann', global_name: 'Ann', discriminator: '0', avatar: null };
  const interaction = {
    id: given.id ?? String((lastId += 1n)),
    application_id: '900',
    token: 'secret-token',
    type,
    version: 1,
    context: given.context ?? (guildId === null ? 1 : 0),
    channel: given.channel ?? { id: '10', type: ChannelType.GuildText },
    data,
    locale: given.locale ?? 'en-US',
    ...(guildId === null
      ? { user }
      : { guild_id: guildId, member: { user, roles: [], permissions: String(permissions) } }),
  };
  return interaction as unknown as APIInteraction;
}
