import { SwitchboardError } from '../../errors.ts';
import { InvalidRequests } from './invalid-requests.ts';
import type { SendResult } from './outgoing-request.ts';

const INVALID: ReadonlySet<number> = new Set([401, 403, 429]);

/** Whether anything may be sent at all: not after the end, not without a valid token, not with the breaker open. */
export class SendPermission {
  readonly #invalid: InvalidRequests;
  readonly #onUnauthorized: (() => void) | undefined;
  #isClosed = false;
  #isUnauthorized = false;

  constructor(breakerThreshold: number, onUnauthorized: (() => void) | undefined) {
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
