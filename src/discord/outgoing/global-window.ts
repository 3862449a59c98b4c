/** Timers may fire up to a millisecond early, and clocks are read at slightly different moments. */
const SAFETY_MS = 5;
/** So many undisturbed round trips of a kind must have been seen before the smallest of them counts as its floor. */
const MIN_SAMPLES = 20;
/**
 * How much of the floor is relied on. Its parts vary: a way there that took long and a quick way back make a floor
 * that the next request, with a quick way there, undercuts.
 */
const FLOOR_SHARE = 0.75;
/** The floor is forgotten after this long, so that it follows the network. */
const FLOOR_LIFE_MS = 300_000;
/** A connection that was used so lately is still open: the round trip holds no handshake. */
const WARM_MS = 3000;

interface RoundTrips {
  samples: number;
  floor: number;
  since: number;
}

/** A slot that is taken. */
export interface Slot {
  /** What takes it: the route, since routes differ in how long they take. */
  readonly kind: string;
  readonly sentAt: number;
  /** Nothing else was under way and the connection was warm, so that its round trip tells how quick one can be. */
  readonly isUndisturbed: boolean;
}

/**
 * The bot's global limit as a sliding window that holds whatever window the server counts by. A request counts
 * from when it arrives there, and that is only known to lie between sending and answer. So its slot becomes free
 * one second after the latest moment at which it can have arrived, less the time that the next one needs at least
 * to arrive and be answered: at `answeredAt + 1000 − floor`, the floor taken with caution. The floor is the smallest undisturbed round trip of
 * its kind, and zero as long as that is not known: a burst's own round trips are long, and would let the next
 * burst come too early.
 */
export class GlobalWindow {
  readonly #limit: number;
  readonly #releases = new MinHeap();
  readonly #roundTrips = new Map<string, RoundTrips>();
  #inFlight = 0;
  #answeredAt = -Infinity;

  constructor(requestsPerSecond: number) {
    this.#limit = requestsPerSecond;
  }

  /** Slots taken, of `limit`. */
  used(now: number): number {
    while (this.#releases.first !== undefined && this.#releases.first <= now) this.#releases.shift();
    return this.#releases.size + this.#inFlight;
  }

  get limit(): number {
    return this.#limit;
  }

  /** When the next slot becomes free; undefined while all that are taken wait for their answer. */
  get nextReleaseAt(): number | undefined {
    return this.#releases.first;
  }

  take(kind: string, now: number): Slot {
    const isUndisturbed = this.#inFlight === 0 && now - this.#answeredAt < WARM_MS;
    this.#inFlight += 1;
    return { kind, sentAt: now, isUndisturbed };
  }

  /** The answer has come, or never will. */
  release(slot: Slot, now: number): void {
    this.#inFlight -= 1;
    this.#answeredAt = now;
    this.#releases.push(now + 1000 - this.#floor(slot, now) + SAFETY_MS);
  }

  #floor({ kind, sentAt, isUndisturbed }: Slot, now: number): number {
    let seen = this.#roundTrips.get(kind);
    if (!seen || now - seen.since > FLOOR_LIFE_MS) {
      seen = { samples: 0, floor: Infinity, since: now };
      this.#roundTrips.set(kind, seen);
    }
    if (isUndisturbed) {
      seen.samples += 1;
      seen.floor = Math.min(seen.floor, now - sentAt);
    }
    return seen.samples < MIN_SAMPLES ? 0 : Math.min(seen.floor, now - sentAt) * FLOOR_SHARE;
  }
}

/** A binary heap of numbers, the smallest first. */
class MinHeap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  get first(): number | undefined {
    return this.#items[0];
  }

  push(value: number): void {
    const items = this.#items;
    let index = items.push(value) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent];
      if (above === undefined || above <= value) break;
      items[index] = above;
      index = parent;
    }
    items[index] = value;
  }

  shift(): void {
    const items = this.#items;
    const value = items.pop();
    if (value === undefined || items.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = items[child];
      const right = items[child + 1];
      if (below === undefined) break;
      if (right !== undefined && right < below) {
        child += 1;
        below = right;
      }
      if (below >= value) break;
      items[index] = below;
      index = child;
    }
    items[index] = value;
  }
}
