import { compareSnowflakes } from './snowflake.ts';

/** The messages of one channel, oldest first, found by id and listed from any point. */
export class MessageLog<State extends { readonly message: { readonly id: string } }> {
  readonly #byId = new Map<string, State>();
  readonly #ids: string[] = [];
  readonly #capacity: number;

  /** Over `capacity` the oldest are forgotten. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(messageId: string): State | undefined {
    return this.#byId.get(messageId);
  }

  /** Returns the ids that had to go. */
  add(state: State): readonly string[] {
    const id = state.message.id;
    this.#byId.set(id, state);
    const last = this.#ids.at(-1);
    if (last === undefined || compareSnowflakes(last, id) < 0) this.#ids.push(id);
    else this.#ids.splice(this.#indexAfter(id), 0, id);
    if (this.#ids.length <= this.#capacity) return [];
    const forgotten = this.#ids.splice(0, Math.ceil(this.#capacity / 10));
    for (const old of forgotten) this.#byId.delete(old);
    return forgotten;
  }

  delete(messageId: string): void {
    if (!this.#byId.delete(messageId)) return;
    this.#ids.splice(this.#indexAfter(messageId) - 1, 1);
  }

  all(): readonly State[] {
    return this.#select(0, this.#ids.length);
  }

  /** Newest first, as Discord lists them. */
  list(options: {
    before?: string | undefined;
    after?: string | undefined;
    around?: string | undefined;
    limit: number;
  }): readonly State[] {
    const { before, after, around, limit } = options;
    let start = Math.max(0, this.#ids.length - limit);
    let end = this.#ids.length;
    if (around !== undefined) {
      start = Math.max(0, this.#indexAfter(around) - 1 - Math.floor(limit / 2));
      end = start + limit;
    } else if (after !== undefined) {
      start = this.#indexAfter(after);
      end = start + limit;
    } else if (before !== undefined) {
      end = this.#indexAfter(before);
      if (this.#ids[end - 1] === before) end -= 1;
      start = Math.max(0, end - limit);
    }
    return this.#select(start, end).reverse();
  }

  #select(start: number, end: number): State[] {
    const found: State[] = [];
    for (const id of this.#ids.slice(start, end)) {
      const state = this.#byId.get(id);
      if (state !== undefined) found.push(state);
    }
    return found;
  }

  /** Where the first id greater than `id` stands. */
  #indexAfter(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareSnowflakes(this.#ids[middle] ?? '', id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
