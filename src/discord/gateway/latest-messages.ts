import type { Client } from 'discord.js';

/** What the gateway tells of a channel or an open thread of a server, without anybody asking. */
export interface LatestMessage {
  readonly channelId: string;
  /** Of the last message that was said there; it may be gone by now. */
  readonly messageId: string;
  /** When the bot came to that server, epoch ms by Discord's clock. */
  readonly joinedAt: number;
}

/** Whether the bot may read there is not asked, since there may be many. */
export function* findLatestMessages(client: Client): Generator<LatestMessage, void> {
  for (const channel of client.channels.cache.values()) {
    if (channel.isDMBased() || !channel.isTextBased() || channel.lastMessageId === null) continue;
    const { id: channelId, lastMessageId: messageId, guild } = channel;
    yield { channelId, messageId, joinedAt: guild.joinedTimestamp };
  }
}
