import { PRIORITIES } from './outgoing-request.ts';
import type { Priority } from './outgoing-request.ts';

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

/**
 * How much of the window may be taken before a request of that worth has to wait. What will cost a second request, or
 * is only nice to see, gets less the more answers are asked for than the window has slots, so that each answer finds
 * its slot when it is complete. `least` keeps it going where answers are many but slow.
 */
const SHARES = {
  acknowledgement: { most: 1, least: 1 },
  'first-text': { most: 1, least: 1 },
  'partial-text': { most: 1, least: 0.2 },
  'final-text': { most: 1, least: 1 },
  read: { most: 1, least: 1 },
  notice: { most: 0.8, least: 0.2 },
  typing: { most: 0.5, least: 0 },
  'interim-edit': { most: 0.5, least: 0.2 },
} as const satisfies Record<Priority, { most: number; least: number }>;

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
 * to arrive and be answered: at `answeredAt + 1000 − floor`, the floor taken with caution. The floor is the smallest
 * undisturbed round trip of its kind, and zero as long as that is not known: a burst's own round trips are long, and
 * would let the next burst come too early.
 */
export class GlobalWindow {
  readonly #limit: number;
  readonly #isPaced: boolean;
  /** When the slots become free whose answer has come, earliest first. */
  readonly #releases: number[] = [];
  readonly #roundTrips = new Map<string, RoundTrips>();
  #inFlight = 0;
  #answeredAt = -Infinity;
  #pausedUntil = 0;
  #openAnswers = 0;

  /** Without `isPaced` nothing but a pause closes it. */
  constructor(requestsPerSecond: number, isPaced: boolean) {
    this.#limit = requestsPerSecond;
    this.#isPaced = isPaced;
  }

  /** Slots that are taken. */
  used(now: number): number {
    while (this.#releases[0] !== undefined && this.#releases[0] <= now) this.#releases.shift();
    return this.#releases.length + this.#inFlight;
  }

  /** Of its slots, from 0 to 1: not taken, and not asked for by an answer. */
  spareShare(now: number): number {
    return Math.max(0, 1 - Math.max(this.#openAnswers, this.used(now)) / this.#limit);
  }

  /** Whether a request of that rank may go now. */
  isOpen(rank: number, now: number): boolean {
    if (now < this.#pausedUntil) return false;
    return !this.#isPaced || this.used(now) < this.#limit * this.#shareOf(rank);
  }

  /** When it may open a little further; undefined while all slots that are taken wait for their answer. */
  opensAt(now: number): number | undefined {
    return now < this.#pausedUntil ? this.#pausedUntil : this.#releases[0];
  }

  /** An answer is asked for; call the returned function when it is complete. */
  openAnswer(): () => void {
    this.#openAnswers += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#openAnswers -= 1;
    };
  }

  pause(ms: number, now: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, now + ms);
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
    const at = now + 1000 - this.#floor(slot, now) + SAFETY_MS;
    // They come nearly in order, so that the place is found at the end.
    this.#releases.splice(this.#releases.findLastIndex((earlier) => earlier <= at) + 1, 0, at);
  }

  #shareOf(rank: number): number {
    const priority = PRIORITIES[rank];
    if (!priority) return 1;
    const { most, least } = SHARES[priority];
    return most === least ? most : Math.max(least, most / Math.max(1, this.#openAnswers / this.#limit));
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
