import { createChannelDoors } from '../../../src/discord/reply/channel-doors.ts';
import type { ReplyFactoryOptions } from '../../../src/discord/reply/reply.ts';

/** What replies need of the bot around them, where a test is not about it. */
export function replySurroundings() {
  return {
    doors: createChannelDoors(),
    reactions: { addForNow: () => ({ remove: () => undefined }) },
    ownerOf: () => Promise.resolve(undefined),
    loopDelayMs: () => 0,
    now: () => Date.now(),
  } satisfies Partial<ReplyFactoryOptions>;
}
