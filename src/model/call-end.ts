import { ModelError } from '../errors.ts';

/** How a model call ended, as the limiter and the circuit breaker see it: a cancelled call says nothing of the server. */
export type CallEnd =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly error: ModelError }
  | { readonly kind: 'cancelled' };

export const ANSWERED: CallEnd = { kind: 'answered' };
export const CANCELLED: CallEnd = { kind: 'cancelled' };

/** The end of a call that threw. `signal`: the caller's, whose abort makes any error a cancellation. */
export function toCallEnd(error: unknown, signal: AbortSignal): CallEnd {
  return signal.aborted || !(error instanceof ModelError) ? CANCELLED : { kind: 'failed', error };
}
