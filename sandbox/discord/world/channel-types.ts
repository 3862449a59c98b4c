import { ChannelType } from 'discord-api-types/v10';
import type { ChannelState, ThreadState } from './entities.ts';

export type ThreadChannelState = ChannelState & {
  readonly guildId: string;
  readonly parentId: string;
  readonly thread: ThreadState;
};

export function isThread(channel: ChannelState): channel is ThreadChannelState {
  return channel.thread !== null;
}

/** Whether messages can be in it. */
export function isTextBased(channel: ChannelState): boolean {
  return channel.type !== ChannelType.GuildCategory && channel.type !== ChannelType.GuildForum;
}
