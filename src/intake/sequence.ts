type Act = () => Promise<void> | undefined;

/**
 * Keeps the order of what happens to a key while something of it takes time: what takes none, with nothing under
 * way, is done at once; all else is done in turn. Keys without work are forgotten. Each act ends by a deadline
 * of its own, which bounds what can gather behind it.
 */
export class Sequence {
  readonly #onError: (error: unknown) => void;
  /** Keys with an act under way, and what waits behind it. */
  readonly #waiting = new Map<string, Act[]>();

  /** `onError` is told what an act throws; the next one follows all the same. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Keys with work under way. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Never throws. `act` returns a promise where those behind it have to wait. */
  run(key: string, act: Act): void {
    const waiting = this.#waiting.get(key);
    if (waiting) {
      waiting.push(act);
      return;
    }
    const underWay = this.#start(act);
    if (!underWay) return;
    this.#waiting.set(key, []);
    this.#follow(key, underWay);
  }

  #start(act: Act): Promise<void> | undefined {
    try {
      return act();
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  #follow(key: string, underWay: Promise<void>): void {
    underWay
      .catch(this.#onError)
      .finally(() => {
        this.#next(key);
      })
      .catch(this.#onError);
  }

  #next(key: string): void {
    const waiting = this.#waiting.get(key) ?? [];
    for (const [index, act] of waiting.entries()) {
      const underWay = this.#start(act);
      if (!underWay) continue;
      this.#waiting.set(key, waiting.slice(index + 1));
      this.#follow(key, underWay);
      return;
    }
    this.#waiting.delete(key);
  }
}
