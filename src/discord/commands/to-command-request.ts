import {
  ApplicationCommandOptionType,
  ChannelType,
  InteractionContextType,
  SnowflakeUtil,
  type APIApplicationCommandInteractionDataOption,
  type APIChatInputApplicationCommandInteraction,
  type APIInteractionDataOptionBase,
} from 'discord.js';
import { SwitchboardError } from '../../errors.ts';
import type { Place } from '../../intake/incoming.ts';
import type { Directory } from '../gateway/directory.ts';
import { toPlace } from '../gateway/place.ts';
import { toUserName } from '../gateway/to-incoming-message.ts';
import type { CommandRequest } from './command.ts';

export interface InteractionContext {
  readonly botUserId: string;
  readonly directory: Directory;
}

/** Plain data for the commands. Who asks and with which permissions comes from Discord's event alone. */
export function toCommandRequest(
  interaction: APIChatInputApplicationCommandInteraction,
  context: InteractionContext,
): CommandRequest {
  const { data, member } = interaction;
  const user = member?.user ?? interaction.user;
  if (!user)
    throw new SwitchboardError('interaction-without-user', 'Discord sent an interaction without a user');
  const subcommand = data.options?.find(isSubcommand);
  const place = toInteractionPlace(interaction, context);
  return {
    interactionId: interaction.id,
    token: interaction.token,
    createdAt: SnowflakeUtil.timestampFrom(interaction.id),
    name: data.name,
    subcommand: subcommand?.name ?? null,
    options: toValues(subcommand ? subcommand.options : data.options),
    place,
    user: { id: user.id, name: member?.nick ?? toUserName(user) },
    permissions: member ? BigInt(member.permissions) : null,
    isThreadOwner: context.directory.channel(place.channelId)?.thread?.ownerId === user.id,
    isForeignDm: interaction.context === InteractionContextType.PrivateChannel,
  };
}

type Option = APIApplicationCommandInteractionDataOption;

function isSubcommand(
  option: Option,
): option is Extract<Option, { type: ApplicationCommandOptionType.Subcommand }> {
  return option.type === ApplicationCommandOptionType.Subcommand;
}

function toValues(options: readonly Option[] = []): CommandRequest['options'] {
  const values = new Map<string, string | number | boolean>();
  for (const option of options) if (hasValue(option)) values.set(option.name, option.value);
  return values;
}

function hasValue(
  option: Option,
): option is Extract<
  Option,
  APIInteractionDataOptionBase<ApplicationCommandOptionType, string | number | boolean>
> {
  return 'value' in option;
}

const threadTypes = new Set<ChannelType>([
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
  ChannelType.AnnouncementThread,
]);

/** What the gateway does not know of the place (the bot is not in that guild), the interaction itself tells in part. */
function toInteractionPlace(
  { guild_id, channel }: APIChatInputApplicationCommandInteraction,
  { directory, botUserId }: InteractionContext,
): Place {
  const place = toPlace({ guildId: guild_id ?? null, channelId: channel.id, directory, botUserId });
  if (place.kind !== 'channel' || !threadTypes.has(channel.type)) return place;
  const parentId = 'parent_id' in channel ? (channel.parent_id ?? null) : null;
  return { ...place, kind: 'thread', parentId, isPrivateThread: channel.type === ChannelType.PrivateThread };
}
