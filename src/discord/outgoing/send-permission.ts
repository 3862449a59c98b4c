import { SwitchboardError } from '../../errors.ts';
import type { SendResult } from './outgoing-request.ts';

const INVALID: ReadonlySet<number> = new Set([401, 403, 429]);
const DEFAULT_BREAKER_THRESHOLD = 1000;
const WINDOW_MS = 600_000;
const SPAN_MS = 10_000;

/** Whether anything may be sent at all: not after the end, not without a valid token, not with the breaker open. */
export class SendPermission {
  readonly #invalid: InvalidRequests;
  readonly #onUnauthorized: (() => void) | undefined;
  #isClosed = false;
  #isUnauthorized = false;

  constructor(breakerThreshold = DEFAULT_BREAKER_THRESHOLD, onUnauthorized?: () => void) {
    this.#invalid = new InvalidRequests(breakerThreshold);
    this.#onUnauthorized = onUnauthorized;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Counts what Discord counts as an invalid request. */
  observe(result: SendResult, isExempt: boolean, now: number): void {
    const status = toStatus(result);
    if (status !== undefined && INVALID.has(status)) this.#invalid.add(now);
    // A 401 of an interaction's webhook only says that its own token has run out.
    if (result.kind !== 'refused' || status !== 401 || isExempt || this.#isUnauthorized) return;
    this.#isUnauthorized = true;
    this.#onUnauthorized?.();
  }

  invalidRequests(now: number): number {
    return this.#invalid.count(now);
  }

  isBreakerOpen(now: number): boolean {
    return this.#invalid.isBreakerOpen(now);
  }

  /** Why nothing is sent; undefined where it may. */
  refusal(now: number): SwitchboardError | undefined {
    if (this.#isClosed) {
      return new SwitchboardError('outgoing-closed', 'Nothing more is sent: the bot is stopping');
    }
    if (this.#isUnauthorized) {
      return new SwitchboardError('outgoing-unauthorized', 'Discord does not accept the token');
    }
    if (!this.isBreakerOpen(now)) return undefined;
    return new SwitchboardError(
      'outgoing-breaker-open',
      'Too many requests were refused in the last ten minutes; nothing is sent until they are past',
      { context: { invalidRequests: this.invalidRequests(now) } },
    );
  }
}

function toStatus(result: SendResult): number | undefined {
  switch (result.kind) {
    case 'ok':
      return undefined;
    case 'rate-limited':
      return 429;
    case 'refused':
      return result.error.status;
    case 'failed':
      return result.status;
  }
}

/**
 * Counts invalid requests (401, 403, 429) over ten minutes. Discord bans the address at 10,000
 * (https://discord.com/developers/docs/topics/rate-limits); the breaker opens far below.
 */
class InvalidRequests {
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
