import { Locale, PermissionFlagsBits as P, InteractionType } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import { maxFileBytes } from '../rest/body.ts';
import type { ChannelState } from '../world/entities.ts';
import { toMessage } from '../world/message-view.ts';
import { toPermissions } from '../world/permissions.ts';
import { toChannel, toMember, toUser } from '../world/views.ts';
import { toContext } from './installation.ts';
import type { InteractionRecord } from './interaction-store.ts';

/** What a user-installed app may do where its bot is not. */
const userInstalledPermissions = P.EmbedLinks | P.AttachFiles | P.UseExternalEmojis | P.UseExternalStickers;

/** The interaction as the gateway dispatches it. */
export function toInteractionPayload(core: Core, record: InteractionRecord, data: object): object {
  const { world, settings } = core;
  const channel = world.channels.get(record.channelId);
  if (channel === undefined) throw new Error(`There is no channel ${record.channelId}`);
  return {
    id: record.id,
    application_id: settings.applicationId,
    type: record.type,
    token: record.token,
    version: 1,
    data,
    channel_id: channel.id,
    channel: toInteractionChannel(core, channel, record.userId),
    ...toInvoker(core, record, channel),
    locale: Locale.EnglishUS,
    app_permissions: toAppPermissions(core, record, channel).toString(),
    entitlements: [],
    authorizing_integration_owners: record.installOwners,
    context: toContext(core, channel),
    attachment_size_limit: maxFileBytes,
    ...(record.source !== null && record.type !== InteractionType.ApplicationCommand
      ? { message: toMessage(world, record.source, core.bot.id) }
      : {}),
  };
}

function toInteractionChannel(core: Core, channel: ChannelState, userId: string): object {
  const permissions = toPermissions(core.world, channel, userId).toString();
  return { ...toChannel(core.world, channel, core.bot.id), permissions };
}

function toInvoker(core: Core, record: InteractionRecord, channel: ChannelState): object {
  const { world } = core;
  const { guildId } = record;
  const member = world.memberOf(guildId, record.userId);
  if (guildId === null || member === undefined) return { user: toUser(world, record.userId) };
  return {
    guild_id: guildId,
    guild: { id: guildId, features: [], locale: Locale.EnglishUS },
    guild_locale: Locale.EnglishUS,
    member: {
      ...toMember(world, member),
      permissions: toPermissions(world, channel, record.userId).toString(),
    },
  };
}

function toAppPermissions(core: Core, record: InteractionRecord, channel: ChannelState): bigint {
  return record.isUserInstalled ? userInstalledPermissions : toPermissions(core.world, channel, core.bot.id);
}
