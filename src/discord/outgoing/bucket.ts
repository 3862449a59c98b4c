import { BucketRate } from './bucket-rate.ts';
import type { Entry } from './entry.ts';
import { LinkedQueue } from './linked-queue.ts';
import type { QueueNode } from './linked-queue.ts';
import { PRIORITIES } from './outgoing-request.ts';
import type { Route } from './route.ts';

/** What Discord counts together: the requests that wait for it, by rank, and what is known of its rate. */
export class Bucket {
  readonly key: string;
  readonly isExempt: boolean;
  readonly rate = new BucketRate();
  /** Its places in the ready lists, by rank. */
  readonly readyNodes: (QueueNode<Bucket> | undefined)[] = [];
  inFlight = false;
  wakeTimer: NodeJS.Timeout | undefined;
  wakeAt = Infinity;
  readonly #lanes: (LinkedQueue<Entry> | undefined)[] = [];
  #waiting = 0;

  constructor(route: Route) {
    this.key = route.bucketKey;
    this.isExempt = route.isExempt;
  }

  get waiting(): number {
    return this.#waiting;
  }

  add(entry: Entry, where: 'back' | 'front'): void {
    const lane = (this.#lanes[entry.rank] ??= new LinkedQueue());
    entry.node = where === 'back' ? lane.push(entry) : lane.unshift(entry);
    entry.state = 'waiting';
    this.#waiting += 1;
  }

  remove(entry: Entry): void {
    if (entry.node && this.#lanes[entry.rank]?.remove(entry.node)) this.#waiting -= 1;
    entry.node = undefined;
  }

  hasWaiting(rank: number): boolean {
    return (this.#lanes[rank]?.size ?? 0) > 0;
  }

  first(rank: number): Entry | undefined {
    return this.#lanes[rank]?.first;
  }

  *entries(): IterableIterator<Entry> {
    for (let rank = 0; rank < PRIORITIES.length; rank += 1) yield* this.#lanes[rank] ?? [];
  }
}

/** Buckets that could send at once, by rank; within a rank each gets its turn. */
export class ReadyBuckets {
  readonly #byRank = PRIORITIES.map(() => new LinkedQueue<Bucket>());

  /** Keeps the turn of one that is there already. */
  add(bucket: Bucket, rank: number): void {
    bucket.readyNodes[rank] ??= this.#byRank[rank]?.push(bucket);
  }

  remove(bucket: Bucket, rank: number): void {
    const node = bucket.readyNodes[rank];
    if (!node) return;
    this.#byRank[rank]?.remove(node);
    bucket.readyNodes[rank] = undefined;
  }

  removeAll(bucket: Bucket): void {
    for (let rank = 0; rank < PRIORITIES.length; rank += 1) this.remove(bucket, rank);
  }

  first(rank: number): Bucket | undefined {
    return this.#byRank[rank]?.first;
  }
}
