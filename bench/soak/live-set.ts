/** Remembers objects without keeping them alive. */
export class LiveSet<T extends object> {
  readonly #known = new WeakSet<T>();
  #references: WeakRef<T>[] = [];

  add(object: T): void {
    if (this.#known.has(object)) return;
    this.#known.add(object);
    this.#references.push(new WeakRef(object));
  }

  /** Of those that are still alive. */
  sum(measure: (object: T) => number): number {
    let sum = 0;
    this.#references = this.#references.filter((reference) => {
      const object = reference.deref();
      if (object) sum += measure(object);
      return object !== undefined;
    });
    return sum;
  }
}
