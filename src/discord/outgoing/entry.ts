import { SwitchboardError } from '../../errors.ts';
import { toBackoffMs } from '../../lib/backoff.ts';
import { isPassingRefusal, OUTGOING_FAILED } from './discord-request-error.ts';
import type { Slot } from './global-window.ts';
import { toRank } from './outgoing-request.ts';
import type { OutgoingRequest, RequestBody, SendResult } from './outgoing-request.ts';
import { toRoute } from './route.ts';
import type { Route } from './route.ts';

/** A request of the budget, from its submission until it is settled. */
export interface Entry {
  readonly request: OutgoingRequest;
  readonly route: Route;
  readonly resolve: (data: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Index into PRIORITIES. */
  rank: number;
  /** Where it is: `waiting` in its bucket, `delayed` until its next attempt. */
  state: 'new' | 'waiting' | 'in-flight' | 'delayed' | 'settled';
  /** Ends its waiting when its signal aborts. */
  onAbort: (() => void) | undefined;
  /** Of the global window, while it is in flight. */
  slot: Slot | undefined;
  retryTimer: NodeJS.Timeout | undefined;
  /** Those answered with a 429 included. */
  attempts: number;
  timesRateLimited: number;
  firstSentAt: number | undefined;
  /** What the last attempt carried; where it is set when another one starts, that one carries it again. */
  sentBody: RequestBody | undefined;
  /** An attempt may have created something: all others must be the very same. */
  isBodyPinned: boolean;
}

export function createEntry(request: OutgoingRequest, outcome: Pick<Entry, 'resolve' | 'reject'>): Entry {
  return {
    request,
    route: toRoute(request.method, request.path),
    resolve: outcome.resolve,
    reject: outcome.reject,
    rank: toRank(request.priority),
    state: 'new',
    onAbort: undefined,
    slot: undefined,
    retryTimer: undefined,
    attempts: 0,
    timesRateLimited: 0,
    firstSentAt: undefined,
    sentBody: undefined,
    isBodyPinned: false,
  };
}

/** What becomes of a request after an attempt. */
type NextStep =
  | { readonly do: 'resolve'; readonly data: unknown }
  | { readonly do: 'reject'; readonly error: Error }
  /** `pinBody`: the attempt may have created something, so another must carry the very same body. */
  | { readonly do: 'again'; readonly delayMs: number; readonly pinBody: boolean };

/** Where the request says nothing else. */
const DEFAULT_MAX_ATTEMPTS = 5;
const DEFAULT_DEADLINE_MS = 60_000;
/** How often a 429 is waited out for one request before it is given up. */
const MAX_TIMES_RATE_LIMITED = 10;
/** Of what stands before Discord. */
const MAX_PASSING_REFUSALS = 3;
const BACKOFF = { minMs: 250, maxMs: 10_000, jitter: 0.5 } as const;

/** Decides by the counts of `entry`, this attempt included. */
export function toNextStep(entry: Entry, result: SendResult, now: number, random: () => number): NextStep {
  switch (result.kind) {
    case 'ok':
      return { do: 'resolve', data: result.data };
    case 'refused':
      return { do: 'reject', error: result.error };
    case 'rate-limited': {
      const { retryAfterMs } = result.pause;
      const isOver = entry.timesRateLimited > MAX_TIMES_RATE_LIMITED || isLate(entry, now + retryAfterMs);
      if (!isOver) return { do: 'again', delayMs: 0, pinBody: false };
      return { do: 'reject', error: toFailedError(entry, new Error(`rate limited for ${retryAfterMs} ms`)) };
    }
    case 'failed': {
      const delayMs = toBackoffMs(entry.attempts - entry.timesRateLimited, { ...BACKOFF, random });
      const isOver =
        entry.attempts - entry.timesRateLimited >= toMaxAttempts(entry, result.status) ||
        isLate(entry, now + delayMs) ||
        (result.mayHaveArrived && !isRepeatable(entry));
      if (isOver) return { do: 'reject', error: toFailedError(entry, result.error, result.status) };
      return {
        do: 'again',
        delayMs,
        pinBody: result.mayHaveArrived && entry.request.method === 'POST',
      };
    }
  }
}

function toMaxAttempts({ request }: Entry, status: number | undefined): number {
  const maxAttempts = request.maxAttempts ?? DEFAULT_MAX_ATTEMPTS;
  return isPassingRefusal(status) ? Math.min(maxAttempts, MAX_PASSING_REFUSALS) : maxAttempts;
}

function isLate(entry: Entry, at: number): boolean {
  const deadlineMs = entry.request.deadlineMs ?? DEFAULT_DEADLINE_MS;
  return entry.firstSentAt !== undefined && at > entry.firstSentAt + deadlineMs;
}

/**
 * Whether sending it twice has the effect of sending it once: all but a POST without an enforced nonce. Discord
 * acknowledges an interaction only once.
 */
function isRepeatable(entry: Entry): boolean {
  if (entry.request.method !== 'POST' || entry.request.path.startsWith('/interactions/')) return true;
  const json = entry.sentBody?.json;
  return (
    typeof json === 'object' &&
    json !== null &&
    'nonce' in json &&
    'enforce_nonce' in json &&
    json.enforce_nonce === true
  );
}

function toFailedError(entry: Entry, cause: Error, status?: number): SwitchboardError {
  return new SwitchboardError(OUTGOING_FAILED, `Discord gave no answer: ${cause.message}`, {
    cause,
    context: { method: entry.request.method, route: entry.route.template, attempts: entry.attempts, status },
  });
}
