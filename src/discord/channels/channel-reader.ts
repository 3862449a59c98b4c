import { Routes, type APIMessage } from 'discord.js';
import { toSafeName } from '../../lib/safe-name.ts';
import type { ChannelMessage, ChannelReader } from '../../tools/tool.ts';
import type { Directory } from '../gateway/directory.ts';
import { toMessageText, type MessageTextContext } from '../gateway/message-text.ts';
import { toUserName } from '../gateway/to-incoming-message.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { checkReadAccess, type Fetch } from './channel-access.ts';

export interface ChannelReaderOptions {
  readonly rest: Pick<OutgoingBudget, 'send'>;
  readonly directory: Directory;
}

/** Discord's own limit of one request. */
const maxMessages = 100;

/** Reads channels over REST within the requester's permissions and the bot's, checked at each call. */
export function createChannelReader({ rest, directory }: ChannelReaderOptions): ChannelReader {
  const fetch: Fetch = (path, signal) => rest.send({ method: 'GET', path, priority: 'read', signal });

  return {
    async recentMessages({ channelId, userId, limit }, signal) {
      const { guildId } = await checkReadAccess({ channelId, userId }, directory, fetch, signal);
      const count = Math.min(maxMessages, Math.max(1, Math.floor(limit)));
      const messages = (await rest.send({
        method: 'GET',
        path: Routes.channelMessages(channelId),
        query: { limit: String(count) },
        priority: 'read',
        signal,
      })) as readonly APIMessage[];
      const context = { guildId, directory };
      return messages.map((message) => toChannelMessage(message, context)).reverse();
    },
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
