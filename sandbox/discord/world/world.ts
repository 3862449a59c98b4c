import type { APIUser } from 'discord-api-types/v10';
import type { ChannelState, GuildState, MemberState, MessageState } from './entities.ts';
import { MessageLog } from './message-log.ts';
import { createSnowflakes } from './snowflake.ts';

const messagesPerChannel = 50_000;

/** All that is there: users, guilds, channels, messages. Knows no rules; actions keep them. */
export class World {
  readonly users = new Map<string, APIUser>();
  readonly guilds = new Map<string, GuildState>();
  readonly channels = new Map<string, ChannelState>();
  readonly #channelOfMessage = new Map<string, string>();
  /** Direct-message channels by the person's id. */
  readonly directChannels = new Map<string, string>();
  readonly #snowflakes = createSnowflakes();

  newId(): string {
    return this.#snowflakes.next();
  }

  newLog(): MessageLog<MessageState> {
    return new MessageLog(messagesPerChannel);
  }

  guildOf(channel: ChannelState): GuildState | undefined {
    return channel.guildId === null ? undefined : this.guilds.get(channel.guildId);
  }

  memberOf(guildId: string | null, userId: string): MemberState | undefined {
    return guildId === null ? undefined : this.guilds.get(guildId)?.members.get(userId);
  }

  sharesGuild(userId: string, otherId: string): boolean {
    return [...this.guilds.values()].some(({ members }) => members.has(userId) && members.has(otherId));
  }

  addMessage(channel: ChannelState, state: MessageState): void {
    const id = state.message.id;
    for (const forgotten of channel.log.add(state)) this.#channelOfMessage.delete(forgotten);
    this.#channelOfMessage.set(id, channel.id);
    channel.lastMessageId = id;
  }

  removeMessage(channel: ChannelState, messageId: string): void {
    channel.log.delete(messageId);
    this.#channelOfMessage.delete(messageId);
  }

  /** The message with its channel, wherever it is. */
  findMessage(messageId: string): { channel: ChannelState; state: MessageState } | undefined {
    const channel = this.channels.get(this.#channelOfMessage.get(messageId) ?? '');
    const state = channel?.log.get(messageId);
    return channel === undefined || state === undefined ? undefined : { channel, state };
  }

  removeChannel(channel: ChannelState): void {
    for (const { message } of channel.log.all()) this.#channelOfMessage.delete(message.id);
    this.channels.delete(channel.id);
    const guild = this.guildOf(channel);
    guild?.channelIds.delete(channel.id);
    guild?.threadIds.delete(channel.id);
  }
}
