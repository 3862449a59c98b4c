import {
  MessageFlags,
  MessageReferenceType,
  MessageType,
  PermissionFlagsBits as P,
  type APIMessage,
  InteractionType,
} from 'discord-api-types/v10';
import { applyEdit } from '../actions/edit-message.ts';
import { buildMessage } from '../actions/build-message.ts';
import { insertMessage, isEmpty, removeMessages } from '../actions/messages.ts';
import type { ResolvedReference } from '../actions/references.ts';
import type { Core } from '../core.ts';
import type { UploadedFile } from '../files/file-store.ts';
import { refusals } from '../rest/api-error.ts';
import type { MessageCreateBody, MessageEditBody } from '../rest/schemas/message.ts';
import type { ChannelState, MessageState } from '../world/entities.ts';
import { hasPermission } from '../world/permissions.ts';
import type { InteractionRecord } from './interaction-store.ts';

/** Discord allows no more where the app is only user-installed. */
const maxUserInstalledFollowups = 5;

/** Shows a message for an interaction: in the channel, or to the person alone. */
export function showMessage(
  core: Core,
  record: InteractionRecord,
  body: MessageCreateBody,
  files: readonly UploadedFile[],
  options: { ephemeral: boolean; isOriginal: boolean; isLoading?: boolean },
): MessageState {
  const channel = requireInteractionChannel(core, record);
  const reference = toReference(record, channel, options.isOriginal);
  const state = buildMessage(core, channel, {
    author: core.bot,
    body,
    files,
    type: toMessageType(record, options.isOriginal, reference),
    applicationId: core.settings.applicationId,
    webhookId: core.settings.applicationId,
    interactionMetadata: toMetadata(core, record),
    extraFlags:
      (options.ephemeral ? MessageFlags.Ephemeral : 0) |
      (options.isLoading === true ? MessageFlags.Loading : 0),
    reference,
    ...(options.ephemeral ? { ephemeralTo: record.userId } : {}),
  });
  if (options.isLoading !== true && isEmpty(state.message)) throw refusals.emptyMessage();
  if (!options.ephemeral) insertMessage(core, channel, state);
  record.shown.push(state);
  announce(core, record, options.isLoading === true ? null : state);
  return state;
}

/** Edits what was shown for it; the loading state of a deferred answer ends. */
export function editShown(
  core: Core,
  record: InteractionRecord,
  state: MessageState,
  body: MessageEditBody,
  files: readonly UploadedFile[],
): void {
  applyEdit(core, requireInteractionChannel(core, record), state, body, files);
  if (!record.shown.includes(state)) record.shown.push(state);
  announce(core, record, state);
}

/** Takes a message back that was shown; a private one by a button of its own as well. */
export function deleteShown(core: Core, record: InteractionRecord, state: MessageState): void {
  core.interactions.forget(state);
  const channel = requireInteractionChannel(core, record);
  const { id: messageId } = state.message;
  if (state.ephemeralTo === null) removeMessages(core, channel, [messageId]);
  else core.bus.emit({ type: 'message-delete', channelId: channel.id, messageId });
}

/** Whether the message is there still, and the token may speak of it. */
export function isThere(core: Core, record: InteractionRecord, state: MessageState): boolean {
  if (state.ephemeralTo === null) return core.world.findMessage(state.message.id) !== undefined;
  return record.original === state || record.shown.includes(state);
}

/** The first one after a deferral fills the deferred answer, as long as that is there. */
export function followUp(
  core: Core,
  record: InteractionRecord,
  body: MessageCreateBody,
  files: readonly UploadedFile[],
): MessageState {
  if (record.answer === 'none') throw refusals.unknownWebhook();
  const { original } = record;
  if (original !== null && isLoading(original) && isThere(core, record, original)) {
    editShown(core, record, original, withoutCreateFields(body), files);
    return original;
  }
  if (record.isUserInstalled && record.followups >= maxUserInstalledFollowups) {
    throw refusals.tooManyFollowups();
  }
  record.followups += 1;
  const ephemeral = isPrivate(core, record, body.flags);
  return showMessage(core, record, body, files, { ephemeral, isOriginal: false });
}

/** In a server without the bot, people who may not use external apps see the answer alone. */
export function isPrivate(core: Core, record: InteractionRecord, flags: number | null | undefined): boolean {
  if (((flags ?? 0) & MessageFlags.Ephemeral) !== 0) return true;
  if (!record.isUserInstalled) return false;
  const channel = requireInteractionChannel(core, record);
  return !hasPermission(core.world, channel, record.userId, P.UseExternalApps);
}

function withoutCreateFields(body: MessageCreateBody): MessageEditBody {
  const { content, embeds, components, allowed_mentions, flags } = body;
  return { content, embeds, components, allowed_mentions, flags };
}

export function isLoading(state: MessageState): boolean {
  return ((state.message.flags ?? 0) & MessageFlags.Loading) !== 0;
}

export function requireInteractionChannel(core: Core, record: InteractionRecord): ChannelState {
  const channel = core.world.channels.get(record.channelId);
  if (channel === undefined) throw refusals.unknownChannel();
  return channel;
}

function announce(core: Core, record: InteractionRecord, state: MessageState | null): void {
  core.bus.emit({
    type: 'interaction-response',
    interactionId: record.id,
    message: state?.message ?? null,
    ephemeral: (state?.ephemeralTo ?? null) !== null || (state === null && record.isEphemeral),
  });
  core.interactions.changed(record);
}

function toMessageType(
  record: InteractionRecord,
  isOriginal: boolean,
  reference: ResolvedReference | undefined,
): MessageType {
  if (isOriginal && record.command !== null) {
    return record.command.isContextMenu ? MessageType.ContextMenuCommand : MessageType.ChatInputCommand;
  }
  return reference === undefined ? MessageType.Default : MessageType.Reply;
}

/** A follow-up refers to the answer, an answer to a button to the message with the button. */
function toReference(
  record: InteractionRecord,
  channel: ChannelState,
  isOriginal: boolean,
): ResolvedReference | undefined {
  const target = isOriginal ? record.source : record.original;
  if (target === null || channel.log.get(target.message.id) === undefined) return undefined;
  return { type: MessageReferenceType.Default, channel, target };
}

function toMetadata(core: Core, record: InteractionRecord): APIMessage['interaction_metadata'] {
  const user = core.world.users.get(record.userId);
  const metadata = {
    id: record.id,
    type: record.type,
    user,
    authorizing_integration_owners: record.installOwners,
    ...(record.command === null
      ? {}
      : { name: record.command.name, command_type: record.command.isContextMenu ? 3 : 1 }),
    ...(record.type === InteractionType.MessageComponent && record.source !== null
      ? { interacted_message_id: record.source.message.id }
      : {}),
  };
  return metadata as unknown as APIMessage['interaction_metadata'];
}
