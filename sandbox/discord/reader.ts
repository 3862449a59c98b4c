import { waitForEvent } from './bus.ts';
import type { Core } from './core.ts';
import type { SimulatedDiscord } from './types.ts';
import { toMessage } from './world/message-view.ts';
import { toChannel, toGuild } from './world/views.ts';

const defaultWaitMs = 5_000;

/** What a test or a page looks at: all that is there and all that happens, whoever may see it on Discord. */
export function createReader(
  core: Core,
): Pick<
  SimulatedDiscord,
  'guilds' | 'channels' | 'users' | 'messages' | 'message' | 'reactions' | 'commands' | 'observe' | 'waitFor'
> {
  const { world, bus, bot, commands } = core;
  return {
    guilds: () => [...world.guilds.values()].map(toGuild),
    channels: () => [...world.channels.values()].map((channel) => toChannel(world, channel, bot.id)),
    users: () => [...world.users.values()],
    messages: (channelId) =>
      (world.channels.get(channelId)?.log.all() ?? []).map((state) => toMessage(world, state, bot.id)),
    message(channelId, messageId) {
      const state = world.channels.get(channelId)?.log.get(messageId);
      return state === undefined ? undefined : toMessage(world, state, bot.id);
    },
    reactions(messageId) {
      const reactions = world.findMessage(messageId)?.state.reactions ?? new Map<string, never>();
      return [...reactions].map(([emoji, { userIds }]) => ({ emoji, userIds: [...userIds] }));
    },
    commands: () => commands.all(),
    observe: (observer) => bus.observe(observer),
    waitFor: (predicate, timeoutMs = defaultWaitMs) => waitForEvent(bus, predicate, timeoutMs),
  };
}
