import { MessageReferenceType, MessageType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import { invalidField, refusals } from '../rest/api-error.ts';
import type { MessageCreateBody } from '../rest/schemas/message.ts';
import type { ChannelState, MessageState } from '../world/entities.ts';
import { hasPermission } from '../world/permissions.ts';
import { requireChannel } from './access.ts';

export interface ResolvedReference {
  readonly type: MessageReferenceType;
  readonly channel: ChannelState;
  readonly target: MessageState;
}

const repliable: ReadonlySet<MessageType> = new Set([
  MessageType.Default,
  MessageType.Reply,
  MessageType.ChatInputCommand,
  MessageType.ContextMenuCommand,
  MessageType.ThreadStarterMessage,
]);

/**
 * What a message refers to. Undefined where it refers to nothing, or to nothing that is there and the
 * sender does not mind (`fail_if_not_exists: false`).
 */
export function resolveReference(
  core: Core,
  authorId: string,
  channel: ChannelState,
  reference: MessageCreateBody['message_reference'],
): ResolvedReference | undefined {
  if (reference?.message_id === undefined || reference.message_id === null) return undefined;
  const isForward = reference.type === MessageReferenceType.Forward;
  if (isForward) return resolveForward(core, authorId, reference.channel_id, reference.message_id);
  if (
    reference.channel_id !== undefined &&
    reference.channel_id !== null &&
    reference.channel_id !== channel.id
  ) {
    const message = 'Cannot reply to a message in another channel';
    throw invalidField(['message_reference'], 'REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL', message);
  }
  if (!hasPermission(core.world, channel, authorId, P.ReadMessageHistory)) {
    throw refusals.noHistoryForReply();
  }
  const target = channel.log.get(reference.message_id);
  if (target === undefined) {
    if (reference.fail_if_not_exists === false) return undefined;
    throw invalidField(['message_reference'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
  }
  if (!repliable.has(target.message.type)) {
    const message = 'Cannot reply to a system message';
    throw invalidField(['message_reference'], 'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE', message);
  }
  return { type: MessageReferenceType.Default, channel, target };
}

function resolveForward(
  core: Core,
  authorId: string,
  channelId: string | null | undefined,
  messageId: string,
): ResolvedReference {
  if (channelId === undefined || channelId === null) {
    throw invalidField(['message_reference', 'channel_id'], 'BASE_TYPE_REQUIRED', 'This field is required');
  }
  const channel = requireChannel(core, authorId, channelId);
  const target = channel.log.get(messageId);
  if (target === undefined) throw refusals.unknownMessage();
  return { type: MessageReferenceType.Forward, channel, target };
}
