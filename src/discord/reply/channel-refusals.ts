/** Discord's error codes that decide what becomes of an answer. */

/** The bot may not or cannot speak in the channel: nothing is tried there for a while. */
const CHANNEL_CLOSED: ReadonlySet<number> = new Set([
  10_003, // unknown channel
  10_004, // unknown guild
  50_001, // missing access
  50_007, // the person takes no direct messages
  50_013, // missing permissions
  160_005, // thread locked
]);

export const THREAD_ARCHIVED = 50_083;

export function isChannelClosed(discordCode: number): boolean {
  return CHANNEL_CLOSED.has(discordCode);
}
