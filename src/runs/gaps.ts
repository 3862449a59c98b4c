import { compareIds } from '../lib/compare-ids.ts';

/**
 * What came in, or may have, and is not safe yet: channels in which something may have been said that was never seen,
 * and messages whose fate is not decided or not written down. Cursors stay before all of it, whatever is answered
 * meanwhile: so that a process that ends leaves it to the next one.
 */
export interface Gaps {
  /** A gap in every channel, until it is narrowed. */
  open(): Gap;
  has(channelId: string): boolean;
  /** A message came in. It is unsettled until the returned function is called: it is durable, or asks for nothing. */
  hold(channelId: string, messageId: string): () => void;
  /** How far a message may move the cursor of its channel; undefined: not at all. */
  cursorFor(channelId: string, messageId: string): string | undefined;
  /** Up to where, of all messages until this one, everything is settled; undefined: not known. */
  cursorForAll(messageId: string): string | undefined;
}

/** What was missed in one go. */
export interface Gap {
  /** Only in these channels. */
  narrow(channelIds: Iterable<string>): void;
  /** What was missed in that channel is taken, or lost for good; what was missed there earlier is so as well. */
  close(channelId: string): void;
  /** Whether something is still missing in that channel. */
  has(channelId: string): boolean;
}

/** Settled but behind one that is not, or truly unsettled: over it the oldest are let go. */
const MAX_UNSETTLED = 20_000;

export function createGaps(): Gaps {
  /** The channels of each, oldest first; undefined: all of them. */
  const gaps = new Map<Gap, Set<string> | undefined>();
  const everywhere = new UnsettledMessages(MAX_UNSETTLED);
  const byChannel = new Map<string, UnsettledMessages>();

  const closeIn = (gap: Gap, channelId: string): void => {
    const channels = gaps.get(gap);
    channels?.delete(channelId);
    if (channels?.size === 0) gaps.delete(gap);
  };

  const has = (channelId: string): boolean =>
    gaps.values().some((channels) => channels?.has(channelId) ?? true);

  const inChannel = (channelId: string): UnsettledMessages => {
    const known = byChannel.get(channelId);
    if (known) return known;
    const messages = new UnsettledMessages(MAX_UNSETTLED);
    byChannel.set(channelId, messages);
    return messages;
  };

  return {
    has,
    open() {
      const gap: Gap = {
        narrow(channelIds) {
          const channels = new Set(channelIds);
          if (channels.size > 0) gaps.set(gap, channels);
          else gaps.delete(gap);
        },
        close(channelId) {
          for (const other of [...gaps.keys()]) {
            closeIn(other, channelId);
            if (other === gap) break;
          }
        },
        has: (channelId) => gaps.has(gap) && (gaps.get(gap)?.has(channelId) ?? true),
      };
      gaps.set(gap, undefined);
      return gap;
    },
    hold(channelId, messageId) {
      const messages = inChannel(channelId);
      const settleHere = messages.add(messageId);
      const settleEverywhere = everywhere.add(messageId);
      return () => {
        settleHere();
        settleEverywhere();
        if (messages.size === 0 && byChannel.get(channelId) === messages) byChannel.delete(channelId);
      };
    },
    cursorFor(channelId, messageId) {
      if (has(channelId)) return undefined;
      const oldest = byChannel.get(channelId)?.oldest;
      // Its own fate is decided with the cursor.
      return oldest === messageId ? messageId : before(oldest, messageId);
    },
    cursorForAll(messageId) {
      return gaps.size > 0 ? undefined : before(everywhere.oldest, messageId);
    },
  };
}

/** The message itself, or what stands before one that is not newer and not settled. */
function before(unsettledId: string | undefined, messageId: string): string {
  if (unsettledId === undefined || compareIds(unsettledId, messageId) > 0) return messageId;
  return String(BigInt(unsettledId) - 1n);
}

interface Entry {
  readonly messageId: string;
  isSettled: boolean;
}

/** Knows the oldest of the messages that are not settled. They come nearly in their order, and leave nearly so. */
export class UnsettledMessages {
  readonly #maxEntries: number;
  /** By id. */
  #entries: Entry[] = [];
  /** Where the first one stands that is not settled; what is before it is cut off now and then. */
  #first = 0;

  /** Over `maxEntries` the oldest are let go. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get oldest(): string | undefined {
    return this.#entries[this.#first]?.messageId;
  }

  /** With those that are settled and stand behind one that is not. */
  get size(): number {
    return this.#entries.length - this.#first;
  }

  /** The same message may be there more than once. Returns the function that settles it. */
  add(messageId: string): () => void {
    const entry = { messageId, isSettled: false };
    let index = this.#entries.length;
    while (index > this.#first && compareIds(this.#entries[index - 1]?.messageId ?? '', messageId) > 0)
      index -= 1;
    if (index === this.#entries.length) this.#entries.push(entry);
    else this.#entries.splice(index, 0, entry);
    if (this.size > this.#maxEntries) this.#shrink();
    return () => {
      entry.isSettled = true;
      this.#advance();
    };
  }

  #advance(): void {
    while (this.#entries[this.#first]?.isSettled === true) this.#first += 1;
    // Half of it at once, so that each entry is moved once on the whole.
    if (this.#first * 2 < this.#entries.length) return;
    this.#entries.splice(0, this.#first);
    this.#first = 0;
  }

  #shrink(): void {
    const unsettled = this.#entries.filter(({ isSettled }) => !isSettled);
    this.#entries = unsettled.slice(-this.#maxEntries / 2);
    this.#first = 0;
  }
}
