import type { RawFile } from 'discord.js';
import type { DiscordRequestError } from './discord-request-error.ts';

/**
 * What a request is worth, best first. `first-text` is the first visible text of an answer that is complete, so
 * that this create is all it costs; `partial-text` that of one still growing, which will cost an edit later.
 */
export const PRIORITIES = [
  'acknowledgement',
  'first-text',
  'partial-text',
  'final-text',
  'read',
  'notice',
  'typing',
  'interim-edit',
] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Index into PRIORITIES: the smaller, the better. */
export function toRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestBody {
  readonly json?: unknown;
  readonly files?: readonly RawFile[];
}

export interface OutgoingRequest {
  readonly method: HttpMethod;
  /** Behind the API version: `/channels/1/messages`. */
  readonly path: string;
  readonly priority: Priority;
  readonly query?: Readonly<Record<string, string>>;
  /**
   * Called when the request is really about to be sent, so that it carries the newest text; null: no longer
   * needed. Called again before another attempt, unless that could create something else the second time.
   */
  readonly body?: () => RequestBody | null;
  /** Takes the request out while it waits. What is already on the wire is let finish: its effect is unknown. */
  readonly signal?: AbortSignal;
  /** Attempts in all at passing failures (5): see SendResult. Only for what is safe to send twice. */
  readonly maxAttempts?: number;
  /** From the first attempt until retrying ends, ms (60,000). */
  readonly deadlineMs?: number;
}

/** A request that waits or is under way. */
export interface Ticket {
  /**
   * The parsed answer; undefined where there is no content or the body was no longer needed. Rejects with
   * DiscordRequestError (refused for good), SwitchboardError `outgoing-failed` (no answer within the attempts),
   * `outgoing-breaker-open`, `outgoing-closed`, or the signal's reason.
   */
  readonly result: Promise<unknown>;
  /** Gives a waiting request a better priority; never a worse one. */
  raise(priority: Priority): void;
}

/** A request as it goes on the wire. */
export interface WireRequest {
  readonly method: HttpMethod;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body: RequestBody | undefined;
}

/** What a response says about its bucket. */
export interface BucketLimits {
  /** Requests in one window. */
  readonly limit: number;
  readonly remaining: number;
  readonly resetAfterMs: number;
}

/** What a 429 asks for. */
export interface RateLimitPause {
  readonly retryAfterMs: number;
  /** `global` stops every route that counts towards the global limit; `bucket` only this one. */
  readonly scope: 'bucket' | 'global';
}

/** How one attempt ended. */
export type SendResult =
  | { readonly kind: 'ok'; readonly data: unknown; readonly limits: BucketLimits | undefined }
  | {
      readonly kind: 'rate-limited';
      readonly pause: RateLimitPause;
      readonly limits: BucketLimits | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly error: DiscordRequestError;
      readonly limits: BucketLimits | undefined;
    }
  /** 5xx, a 4xx that is not Discord's own, a time-out, a lost connection. */
  | {
      readonly kind: 'failed';
      readonly error: Error;
      /** It may have taken effect all the same. */
      readonly mayHaveArrived: boolean;
      /** Where there was an answer. */
      readonly status?: number;
    };

/** Makes one attempt. Never rejects. */
export interface Sender {
  send(request: WireRequest): Promise<SendResult>;
}
