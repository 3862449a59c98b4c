import { ChannelType, type APIChannel } from 'discord-api-types/v10';
import { requireMessage } from '../actions/access.ts';
import { changeThread } from '../actions/thread-state.ts';
import { createThread, createThreadFromMessage } from '../actions/threads.ts';
import type { Core } from '../core.ts';
import type { People } from '../types.ts';
import { isThread } from '../world/channel-types.ts';
import { toChannel } from '../world/views.ts';
import { asPerson } from './refused.ts';
import { findChannel } from './world-acts.ts';

export function createThreadActs(core: Core): Pick<People, 'startThread' | 'archiveThread'> {
  return {
    startThread(userId, channelId, options) {
      return asPerson(core, userId, () => startThread(core, userId, channelId, options));
    },
    archiveThread(threadId, { locked } = {}) {
      const channel = findChannel(core, threadId);
      if (!isThread(channel)) throw new Error('This channel is not a thread');
      changeThread(core, channel, { archived: true, locked });
    },
  };
}

function startThread(
  core: Core,
  userId: string,
  channelId: string,
  options: Parameters<People['startThread']>[2],
): APIChannel {
  const channel = findChannel(core, channelId);
  const { name, messageId } = options;
  const type = options.private === true ? ChannelType.PrivateThread : ChannelType.PublicThread;
  const thread =
    messageId === undefined
      ? createThread(core, userId, channel, { name, type })
      : createThreadFromMessage(core, userId, channel, requireMessage(channel, messageId), { name });
  return toChannel(core.world, thread, core.bot.id);
}
