const WINDOW_MS = 600_000;
const SPAN_MS = 10_000;

/**
 * Counts invalid requests (401, 403, 429) over ten minutes. Discord bans the address at 10,000
 * (https://discord.com/developers/docs/topics/rate-limits); the breaker opens far below.
 */
export class InvalidRequests {
  readonly #threshold: number;
  readonly #spans: { since: number; count: number }[] = [];
  #count = 0;

  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  add(now: number): void {
    this.#forget(now);
    this.#count += 1;
    const last = this.#spans.at(-1);
    if (last && now - last.since < SPAN_MS) last.count += 1;
    else this.#spans.push({ since: now, count: 1 });
  }

  count(now: number): number {
    this.#forget(now);
    return this.#count;
  }

  isBreakerOpen(now: number): boolean {
    return this.count(now) >= this.#threshold;
  }

  #forget(now: number): void {
    for (let oldest = this.#spans[0]; oldest; oldest = this.#spans[0]) {
      if (now - oldest.since < WINDOW_MS + SPAN_MS) return;
      this.#count -= oldest.count;
      this.#spans.shift();
    }
  }
}
