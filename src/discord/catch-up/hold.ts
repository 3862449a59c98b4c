type Act = () => void;

export interface HoldOptions {
  /** A hold ends by itself after this time. */
  readonly maxHoldMs: number;
  /** So many acts are kept back in all; over it everything is let go, in its order. */
  readonly maxHeld: number;
}

/** Keeps back what happens in some channels. */
export interface Holder {
  /** From now on only these. */
  narrow(channelIds: Iterable<string>): void;
  /** Lets a channel go. */
  release(channelId: string): void;
  end(): void;
}

/** The channels of a holder; undefined: all of them. */
type Held = Set<string> | undefined;

/**
 * What happens in a channel that somebody holds waits for its turn; all else passes at once. Bounded in time and in
 * number: what is held is let go in its order.
 */
export class Hold {
  readonly #options: HoldOptions;
  readonly #holders = new Map<Holder, Held>();
  readonly #waiting = new Map<string, Act[]>();
  #size = 0;

  constructor(options: HoldOptions) {
    this.#options = options;
  }

  /** Whether what happens in that channel waits just now. */
  holds(channelId: string): boolean {
    return this.#isHeld(channelId);
  }

  /** Does it now, or when nobody holds the channel any more. */
  pass(channelId: string, act: Act): void {
    if (!this.#isHeld(channelId)) {
      act();
      return;
    }
    const waiting = this.#waiting.get(channelId);
    if (waiting) waiting.push(act);
    else this.#waiting.set(channelId, [act]);
    this.#size += 1;
    if (this.#size < this.#options.maxHeld) return;
    this.#holders.clear();
    this.#settle();
  }

  /** Holds every channel, until it is told which. */
  open(): Holder {
    const timer = setTimeout(() => {
      holder.end();
    }, this.#options.maxHoldMs);
    const holder: Holder = {
      narrow: (channelIds) => {
        if (!this.#holders.has(holder)) return;
        this.#holders.set(holder, new Set(channelIds));
        this.#settle();
      },
      release: (channelId) => {
        this.#holders.get(holder)?.delete(channelId);
        this.#settle();
      },
      end: () => {
        clearTimeout(timer);
        this.#holders.delete(holder);
        this.#settle();
      },
    };
    this.#holders.set(holder, undefined);
    return holder;
  }

  #isHeld(channelId: string): boolean {
    for (const held of this.#holders.values()) if (!held || held.has(channelId)) return true;
    return false;
  }

  #settle(): void {
    for (const [channelId, acts] of [...this.#waiting]) {
      if (this.#isHeld(channelId)) continue;
      this.#waiting.delete(channelId);
      this.#size -= acts.length;
      for (const act of acts) act();
    }
  }
}
