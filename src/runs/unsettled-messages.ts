import { compareIds } from '../lib/compare-ids.ts';

interface Entry {
  readonly messageId: string;
  isSettled: boolean;
}

/** Knows the oldest of the messages that are not settled. They come nearly in their order, and leave nearly so. */
export class UnsettledMessages {
  readonly #maxEntries: number;
  /** By id; the first one is not settled. */
  #entries: Entry[] = [];

  /** Over `maxEntries` the oldest are let go. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get oldest(): string | undefined {
    return this.#entries[0]?.messageId;
  }

  /** With those that are settled and stand behind one that is not. */
  get size(): number {
    return this.#entries.length;
  }

  /** The same message may be there more than once. Returns the function that settles it. */
  add(messageId: string): () => void {
    const entry = { messageId, isSettled: false };
    let index = this.#entries.length;
    while (index > 0 && compareIds(this.#entries[index - 1]?.messageId ?? '', messageId) > 0) index -= 1;
    if (index === this.#entries.length) this.#entries.push(entry);
    else this.#entries.splice(index, 0, entry);
    if (this.#entries.length > this.#maxEntries) this.#shrink();
    return () => {
      entry.isSettled = true;
      this.#dropSettled();
    };
  }

  #dropSettled(): void {
    const first = this.#entries.findIndex(({ isSettled }) => !isSettled);
    if (first === -1) this.#entries = [];
    else if (first > 0) this.#entries.splice(0, first);
  }

  #shrink(): void {
    const unsettled = this.#entries.filter(({ isSettled }) => !isSettled);
    this.#entries = unsettled.slice(-this.#maxEntries / 2);
  }
}
