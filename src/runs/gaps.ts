/**
 * Channels in which something may have been said that was never seen. While there is such a gap, the channel's cursor
 * stays before it, whatever is answered meanwhile: so that a process that ends before the gap is closed leaves it to
 * the next one.
 */
export interface Gaps {
  /** A gap in every channel, until it is narrowed. */
  open(): Gap;
  has(channelId: string): boolean;
}

/** What was missed in one go. */
export interface Gap {
  /** Only in these channels. */
  narrow(channelIds: Iterable<string>): void;
  /** What was missed in that channel is taken, or lost for good. */
  close(channelId: string): void;
}

export function createGaps(): Gaps {
  /** The channels of each; undefined: all of them. */
  const gaps = new Map<Gap, Set<string> | undefined>();
  return {
    open() {
      const gap: Gap = {
        narrow(channelIds) {
          const channels = new Set(channelIds);
          if (channels.size > 0) gaps.set(gap, channels);
          else gaps.delete(gap);
        },
        close(channelId) {
          const channels = gaps.get(gap);
          channels?.delete(channelId);
          if (channels?.size === 0) gaps.delete(gap);
        },
      };
      gaps.set(gap, undefined);
      return gap;
    },
    has: (channelId) => [...gaps.values()].some((channels) => channels?.has(channelId) ?? true),
  };
}
