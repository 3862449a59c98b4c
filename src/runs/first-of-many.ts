/**
 * A set in the order of insertion that is small while it holds one item, as thousands of them do: a Set of its own
 * would take 150 bytes for each. Every operation is O(1).
 */
export class FirstOfMany<T extends object> {
  #first: T | undefined;
  #others: Set<T> | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  *[Symbol.iterator](): Generator<T> {
    if (this.#first !== undefined) yield this.#first;
    if (this.#others) yield* this.#others;
  }

  add(item: T): void {
    if (this.#first === undefined) this.#first = item;
    else if (this.#first !== item) (this.#others ??= new Set()).add(item);
  }

  delete(item: T): void {
    if (this.#first !== item) {
      this.#others?.delete(item);
      return;
    }
    const [next] = this.#others ?? [];
    this.#first = next;
    if (next) this.#others?.delete(next);
  }
}
