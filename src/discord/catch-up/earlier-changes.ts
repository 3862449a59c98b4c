import { SnowflakeUtil, type APIMessage } from 'discord.js';
import { isAddressed } from '../../intake/addressed.ts';
import type { IncomingMessage } from '../../intake/incoming.ts';
import { toIncomingMessage } from '../gateway/to-incoming-message.ts';
import type { CaughtUpContext, ChannelOrigin } from './to-caught-up.ts';

export interface EarlierChanges {
  /** As they read now. */
  readonly edited: readonly IncomingMessage[];
  /** Questions that the bot replied to and that are gone. */
  readonly deletedIds: readonly string[];
}

/** What was followed in the last moments of a process may not have been written down. */
const DISORDER_MS = 60_000;

/**
 * What became of messages while nobody listened. Discord tells nobody later that one was edited or deleted; a page of
 * its channel does, where the message stands on it, or the bot's reply to it. `heardUntil`: id of the last message
 * that was heard.
 */
export function toEarlierChanges(
  messages: readonly APIMessage[],
  heardUntil: string,
  { guildId, directory }: ChannelOrigin,
  { botUserId, now, unaddressedMaxAgeMs, onOdd }: Omit<CaughtUpContext, 'directory'>,
): EarlierChanges {
  const since = SnowflakeUtil.timestampFrom(heardUntil) - DISORDER_MS;
  const edited: IncomingMessage[] = [];
  const deletedIds: string[] = [];
  for (const message of messages) {
    const { author, edited_timestamp: editedAt, message_reference: reference } = message;
    if (author.id === botUserId) {
      if (message.referenced_message === null && reference?.message_id) deletedIds.push(reference.message_id);
    } else if (editedAt && Date.parse(editedAt) > since) {
      const dispatched = guildId === null ? message : { ...message, guild_id: guildId };
      try {
        const incoming = toIncomingMessage(dispatched, { botUserId, directory });
        const isTooOld = now - SnowflakeUtil.timestampFrom(message.id) > unaddressedMaxAgeMs;
        // Where the talk has gone on, nobody waits for an answer in other words.
        if (incoming && (isAddressed(incoming) || !isTooOld)) edited.push(incoming);
      } catch (error) {
        onOdd(message.id, error);
      }
    }
  }
  return { edited, deletedIds };
}
