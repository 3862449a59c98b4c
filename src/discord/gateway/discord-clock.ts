import { SnowflakeUtil } from 'discord.js';

/**
 * Discord's time, as well as it is known here. What people did is dated by Discord, and the clock of this machine may
 * be wrong or set anew at any moment; so it is asked for durations alone.
 */
export interface DiscordClock {
  /** epoch ms; this machine's while Discord has told nothing. */
  readonly now: () => number;
  /** It was so late at Discord not later than now, epoch ms. */
  observe(time: number): void;
  /** Discord made this id not later than now. */
  observeId(id: string): void;
}

/** `monotonic`: ms since any moment; never set back. */
export function createDiscordClock(monotonic = (): number => performance.now()): DiscordClock {
  /** Of Discord's time before the monotonic one. Whatever arrives was on its way, so that the largest is nearest. */
  let offset: number | undefined;
  const observe = (time: number): void => {
    if (Number.isFinite(time)) offset = Math.max(offset ?? -Infinity, time - monotonic());
  };
  return {
    observe,
    observeId(id) {
      if (/^\d{17,20}$/.test(id)) observe(SnowflakeUtil.timestampFrom(id));
    },
    now: () => (offset === undefined ? Date.now() : Math.round(offset + monotonic())),
  };
}
