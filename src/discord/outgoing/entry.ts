import type { Slot } from './global-window.ts';
import type { QueueNode } from './linked-queue.ts';
import type { OutgoingRequest, RequestBody } from './outgoing-request.ts';
import { toRoute } from './route.ts';
import type { Route } from './route.ts';
import { toRank } from './window-share.ts';

/** A request of the budget, from its submission until it is settled. */
export interface Entry {
  readonly request: OutgoingRequest;
  readonly route: Route;
  readonly resolve: (data: unknown) => void;
  readonly reject: (reason: unknown) => void;
  onAbort: (() => void) | undefined;
  /** Index into PRIORITIES. */
  rank: number;
  state: 'waiting' | 'in-flight' | 'delayed' | 'settled';
  node: QueueNode<Entry> | undefined;
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
    onAbort: undefined,
    rank: toRank(request.priority),
    state: 'waiting',
    node: undefined,
    slot: undefined,
    retryTimer: undefined,
    attempts: 0,
    timesRateLimited: 0,
    firstSentAt: undefined,
    sentBody: undefined,
    isBodyPinned: false,
  };
}
