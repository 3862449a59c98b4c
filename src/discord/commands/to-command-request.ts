import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ChannelType,
  InteractionContextType,
  MessageFlags,
  SnowflakeUtil,
  type APIApplicationCommandAutocompleteInteraction,
  type APIApplicationCommandInteractionDataOption,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIInteractionDataOptionBase,
  type APIMessageApplicationCommandInteraction,
  type InteractionType,
} from 'discord.js';
import { SwitchboardError } from '../../errors.ts';
import type { Place } from '../../intake/incoming.ts';
import type { Directory } from '../gateway/directory.ts';
import { toAttachment, toPlace, toQuotedMessage, toUserName } from '../gateway/to-incoming-message.ts';
import type { CommandRequest, FocusedOption } from './command.ts';

export interface InteractionContext {
  readonly botUserId: string;
  readonly directory: Directory;
}

/** What a command of ours comes as. */
export type CommandInteraction =
  | APIChatInputApplicationCommandInteraction
  | APIMessageApplicationCommandInteraction
  | APIApplicationCommandAutocompleteInteraction;

/** Plain data for the commands. Who asks and with which permissions comes from Discord's event alone. */
export function toCommandRequest(
  interaction: CommandInteraction,
  context: InteractionContext,
): CommandRequest {
  const { directory } = context;
  const asking = toAsking(interaction);
  const place = toInteractionPlace(interaction, context);
  const isForeignDm = interaction.context === InteractionContextType.PrivateChannel;
  return {
    ...asking,
    name: interaction.data.name,
    ...toOptions(interaction),
    target: toTarget(interaction, place, directory),
    place,
    isThreadOwner: directory.channel(place.channelId)?.thread?.ownerId === asking.user.id,
    isForeignDm,
    isForeign: isForeignDm || (place.guildId !== null && directory.guild(place.guildId) === undefined),
    locale: interaction.locale,
  };
}

/** Who asks, by which interaction: what differs between a command and the form that it opened. */
export function toAsking({
  id,
  token,
  member,
  user: userInDm,
}: Pick<APIInteraction, 'id' | 'token' | 'member' | 'user'>): Pick<
  CommandRequest,
  'interactionId' | 'token' | 'createdAt' | 'user' | 'permissions'
> {
  const user = member?.user ?? userInDm;
  if (!user)
    throw new SwitchboardError('interaction-without-user', 'Discord sent an interaction without a user');
  return {
    interactionId: id,
    token,
    createdAt: SnowflakeUtil.timestampFrom(id),
    user: { id: user.id, name: member?.nick ?? toUserName(user) },
    permissions: member ? BigInt(member.permissions) : null,
  };
}

/** The option that the person is filling in. */
export function toFocusedOption({
  data,
}: APIApplicationCommandAutocompleteInteraction): FocusedOption | undefined {
  const { values } = toValues(data.options);
  const focused = values.find((option) => 'focused' in option && option.focused);
  return focused && { name: focused.name, text: String(focused.value) };
}

type Option = APIApplicationCommandInteractionDataOption<
  InteractionType.ApplicationCommand | InteractionType.ApplicationCommandAutocomplete
>;
type ValueOption = Extract<
  Option,
  APIInteractionDataOptionBase<ApplicationCommandOptionType, string | number | boolean>
>;

function toOptions({
  data,
}: CommandInteraction): Pick<CommandRequest, 'subcommand' | 'options' | 'attachments'> {
  if (data.type !== ApplicationCommandType.ChatInput) {
    return { subcommand: null, options: new Map(), attachments: new Map() };
  }
  const { subcommand, values } = toValues(data.options);
  const files = values.flatMap(({ name, type, value }) => {
    if (type !== ApplicationCommandOptionType.Attachment) return [];
    const file = data.resolved?.attachments?.[value];
    return file ? [[name, toAttachment(file)] as const] : [];
  });
  return {
    subcommand,
    options: new Map(values.map(({ name, value }) => [name, value])),
    attachments: new Map(files),
  };
}

function toValues(options: readonly Option[] = []): {
  readonly subcommand: string | null;
  readonly values: readonly ValueOption[];
} {
  const subcommand = options.find((option) => option.type === ApplicationCommandOptionType.Subcommand);
  const values = (subcommand ? (subcommand.options ?? []) : options).filter(hasValue);
  return { subcommand: subcommand?.name ?? null, values };
}

function hasValue(option: Option): option is ValueOption {
  return 'value' in option;
}

/** The message that a context-menu command was used on. Discord gives all of it, whatever the bot may read itself. */
function toTarget(
  { data }: CommandInteraction,
  { guildId, channelId }: Place,
  directory: Directory,
): CommandRequest['target'] {
  if (data.type !== ApplicationCommandType.Message) return null;
  const message = data.resolved.messages[data.target_id];
  const quoted = toQuotedMessage(message, { guildId, channelId, directory });
  if (!message || !quoted) return null;
  const forwarded = (message.message_snapshots ?? []).flatMap((snapshot) => snapshot.message.attachments);
  return {
    message: { ...quoted, attachments: [...quoted.attachments, ...forwarded.map(toAttachment)] },
    isEphemeral: ((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0,
  };
}

const threadTypes = new Set<ChannelType>([
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
  ChannelType.AnnouncementThread,
]);

/** What the gateway does not know of the place (the bot is not in that guild), the interaction itself tells in part. */
function toInteractionPlace(
  { guild_id, channel }: CommandInteraction,
  { directory, botUserId }: InteractionContext,
): Place {
  if (!channel) {
    throw new SwitchboardError('interaction-without-channel', 'Discord sent a command without its channel');
  }
  const place = toPlace({ guildId: guild_id ?? null, channelId: channel.id, directory, botUserId });
  if (place.kind !== 'channel' || !threadTypes.has(channel.type)) return place;
  const parentId = 'parent_id' in channel ? (channel.parent_id ?? null) : null;
  return { ...place, kind: 'thread', parentId, isPrivateThread: channel.type === ChannelType.PrivateThread };
}
