import { compareIds } from '../lib/compare-ids.ts';

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
