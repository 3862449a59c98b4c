import { Routes, type APIAttachment, type APIMessage } from 'discord.js';
import { toSafeName } from '../../lib/safe-name.ts';
import type { RefreshAttachments } from '../../runs/run-attachments.ts';
import type { ChannelMessage, ChannelReader } from '../../tools/tool.ts';
import { toMessageText, type MessageTextContext } from '../gateway/message-text.ts';
import { toUserName } from '../gateway/to-incoming-message.ts';
import { MAX_MESSAGES_READ } from '../limits.ts';
import { checkReadAccess, isOutOfBounds, type ReadContext, type ReadRequest } from './channel-access.ts';

/** What was said from a message on. */
export interface ChannelHistory {
  /**
   * The messages of a channel from `messageId` on, that one included if it is still there: oldest first, at most
   * `limit` (1–100). Permissions as for `ChannelReader`.
   */
  messagesFrom(
    request: { channelId: string; userId: string; messageId: string; limit: number },
    signal: AbortSignal,
  ): Promise<readonly ChannelMessage[]>;
}

/** Reads channels over REST within the requester's permissions and the bot's, checked at each call. */
export function createChannelReader({ rest, directory }: ReadContext): ChannelReader & ChannelHistory {
  const read = async (
    { channelId, userId, limit, after }: ReadRequest & { limit: number; after?: string },
    signal: AbortSignal,
  ): Promise<readonly ChannelMessage[]> => {
    const { guildId } = await checkReadAccess({ channelId, userId }, { rest, directory }, signal);
    const count = Math.min(MAX_MESSAGES_READ, Math.max(1, Math.floor(limit)));
    const messages = (await rest.send({
      method: 'GET',
      path: Routes.channelMessages(channelId),
      query: { limit: String(count), ...(after !== undefined && { after }) },
      priority: 'read',
      signal,
    })) as readonly APIMessage[];
    const context = { guildId, channelId, directory };
    return messages.map((message) => toChannelMessage(message, context)).reverse();
  };

  return {
    recentMessages: read,
    // Ids grow with time, so the message itself is the first after the id before it.
    messagesFrom: ({ messageId, ...request }, signal) =>
      read({ ...request, after: String(BigInt(messageId) - 1n) }, signal),
  };
}

function toChannelMessage(message: APIMessage, context: MessageTextContext): ChannelMessage {
  return {
    id: message.id,
    authorName: toSafeName(toUserName(message.author)),
    isBot: message.author.bot ?? false,
    text: toMessageText(message, context),
    at: Date.parse(message.timestamp),
  };
}

/** Fetches a message again, since Discord signs the addresses of its files anew each time. */
export function createAttachmentRefresher(rest: ReadContext['rest']): RefreshAttachments {
  return async (channelId, messageId, signal) => {
    try {
      const path = Routes.channelMessage(channelId, messageId);
      const message = (await rest.send({ method: 'GET', path, priority: 'read', signal })) as APIMessage;
      return toAttachments(message).map(({ id, url }) => ({ id, url }));
    } catch (error) {
      if (isOutOfBounds(error)) return [];
      throw error;
    }
  };
}

function toAttachments(message: APIMessage): APIAttachment[] {
  return [
    ...message.attachments,
    ...(message.message_snapshots ?? []).flatMap((snapshot) => snapshot.message.attachments),
    ...(message.referenced_message?.attachments ?? []),
  ];
}
