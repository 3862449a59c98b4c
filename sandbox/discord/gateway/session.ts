import { randomBytes } from 'node:crypto';
import type { FaultState } from '../faults.ts';

const bufferedDispatches = 5_000;
/** How long a held-back dispatch waits for its neighbour while dispatches are reordered. */
const reorderWaitMs = 30;

interface Numbered {
  readonly seq: number;
  readonly name: string;
  readonly json: string;
}

export interface SessionOptions {
  readonly intents: number;
  readonly shard: readonly [id: number, count: number];
  readonly faults: FaultState;
}

/** One gateway session: numbers its dispatches and keeps the last of them for a resume. */
export class Session {
  readonly id = randomBytes(16).toString('hex');
  readonly intents: number;
  readonly shard: readonly [id: number, count: number];
  readonly #faults: FaultState;
  /** The data of a dispatch is one string for all sessions that get it. */
  readonly #buffer: Numbered[] = [];
  #seq = 0;
  #held: { name: string; json: string; timer: NodeJS.Timeout } | undefined;
  #send: ((frame: string) => void) | undefined;

  constructor({ intents, shard, faults }: SessionOptions) {
    this.intents = intents;
    this.shard = shard;
    this.#faults = faults;
  }

  get isConnected(): boolean {
    return this.#send !== undefined;
  }

  attach(send: (frame: string) => void): void {
    this.#send = send;
  }

  /** Does nothing where another socket has taken the session over. */
  detach(send: (frame: string) => void): void {
    if (this.#send === send) this.#send = undefined;
  }

  /** `json` is the dispatch's data, as it goes over the wire. */
  push(name: string, json: string): void {
    const { duplicates, reorderDispatches } = this.#faults;
    const isDuplicated = duplicates !== null && (duplicates.eventName ?? name) === name;
    for (let copy = isDuplicated ? duplicates.times : 1; copy > 0; copy -= 1) {
      if (reorderDispatches && name !== 'READY' && name !== 'RESUMED') this.#pushSwapped(name, json);
      else this.#number(name, json);
    }
  }

  /** Sends again what came after `seq`; false where some of it is gone. */
  replayAfter(seq: number): boolean {
    const oldest = this.#buffer[0]?.seq ?? this.#seq + 1;
    if (seq > this.#seq || seq < oldest - 1) return false;
    for (const dispatch of this.#buffer) {
      if (dispatch.seq > seq) this.#send?.(toFrame(dispatch));
    }
    return true;
  }

  end(): void {
    clearTimeout(this.#held?.timer);
    this.#held = undefined;
    this.#send = undefined;
  }

  #number(name: string, json: string): void {
    this.#seq += 1;
    const dispatch = { seq: this.#seq, name, json };
    this.#buffer.push(dispatch);
    if (this.#buffer.length > bufferedDispatches) this.#buffer.splice(0, bufferedDispatches / 10);
    this.#send?.(toFrame(dispatch));
  }

  #pushSwapped(name: string, json: string): void {
    if (this.#held === undefined) {
      const timer = setTimeout(() => {
        this.#releaseHeld();
      }, reorderWaitMs);
      timer.unref();
      this.#held = { name, json, timer };
      return;
    }
    this.#number(name, json);
    this.#releaseHeld();
  }

  #releaseHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    clearTimeout(held.timer);
    this.#held = undefined;
    this.#number(held.name, held.json);
  }
}

function toFrame({ seq, name, json }: Numbered): string {
  return `{"t":"${name}","s":${seq},"op":0,"d":${json}}`;
}
