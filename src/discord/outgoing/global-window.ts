/** Timers may fire up to a millisecond early, and the smallest round trip seen is not quite the smallest there is. */
const SAFETY_MS = 5;
/** So many round trips of a kind must have been seen before the smallest of them counts as its floor. */
const MIN_SAMPLES = 10;
/** The floor is forgotten after this long, so that a lasting change of the network does not cost throughput. */
const FLOOR_LIFE_MS = 300_000;

interface RoundTrips {
  samples: number;
  floor: number;
  previousFloor: number;
  since: number;
}

/**
 * The bot's global limit as a sliding window that holds whatever window the server counts by. A request counts
 * from when it arrives there, and that is only known to lie between sending and answer. So its slot becomes free
 * one second after the latest moment at which it can have arrived, as seen by a request that arrives as soon as
 * possible: at `answeredAt + 1000 − (smallest round trip of its kind)`.
 */
export class GlobalWindow {
  readonly #limit: number;
  readonly #releases = new MinHeap();
  readonly #roundTrips = new Map<string, RoundTrips>();
  #inFlight = 0;

  constructor(requestsPerSecond: number) {
    this.#limit = requestsPerSecond;
  }

  /** Slots taken, of `requestsPerSecond`. */
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

  take(): void {
    this.#inFlight += 1;
  }

  /** The answer of a request of that kind (its route) has come, or will never come. */
  release(kind: string, sentAt: number, answeredAt: number): void {
    this.#inFlight -= 1;
    const floor = this.#learn(kind, answeredAt - sentAt, answeredAt);
    this.#releases.push(answeredAt + 1000 - floor + SAFETY_MS);
  }

  #learn(kind: string, roundTrip: number, now: number): number {
    let seen = this.#roundTrips.get(kind);
    if (!seen) {
      seen = { samples: 0, floor: Infinity, previousFloor: Infinity, since: now };
      this.#roundTrips.set(kind, seen);
    }
    if (now - seen.since > FLOOR_LIFE_MS) {
      seen.previousFloor = seen.floor;
      seen.floor = Infinity;
      seen.since = now;
    }
    seen.samples += 1;
    seen.floor = Math.min(seen.floor, roundTrip);
    return seen.samples < MIN_SAMPLES ? 0 : Math.min(seen.floor, seen.previousFloor);
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
