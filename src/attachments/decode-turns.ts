import { TimeoutError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import { createFairPlaces } from './fair-places.ts';
import type { AttachmentLimits } from './limits.ts';
import { Unreadable } from './unreadable.ts';

/** Does work that takes a decoder, when it is this question's turn. Throws Unreadable where its time is over. */
export type DecodeTurn = <T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

type TurnLimits = Pick<
  AttachmentLimits,
  'decodeTimeoutMs' | 'decodeTotalMs' | 'maxDecoders' | 'maxDecodersPerUser'
>;

/** Deals the decoders out fairly among people; the files of one question have a time together, too. */
export function createDecodeTurns(limits: TurnLimits): { forQuestion(userId: string): DecodeTurn } {
  const { decodeTimeoutMs, decodeTotalMs } = limits;
  const places = createFairPlaces({
    capacity: limits.maxDecoders,
    capacityPerUser: limits.maxDecodersPerUser,
  });
  return {
    forQuestion(userId) {
      let leftMs = decodeTotalMs;
      const spent = new AbortController();
      return (outer, work) => {
        const signal = AbortSignal.any([outer, spent.signal]);
        return places.hold(userId, 1, signal, async () => {
          const startedAt = performance.now();
          try {
            const timeoutMs = Math.min(decodeTimeoutMs, leftMs);
            return await withDeadline('Decoding a file', timeoutMs, outer, (deadline) =>
              work(deadline.signal),
            );
          } catch (error) {
            outer.throwIfAborted();
            if (!(error instanceof TimeoutError)) throw error;
            throw new Unreadable('takes too long to read', { cause: error });
          } finally {
            leftMs = Math.floor(leftMs - (performance.now() - startedAt));
            // Those that wait need not wait for a place to hear it.
            if (leftMs <= 0) spent.abort(new Unreadable('comes after files that took all of my time for it'));
          }
        });
      };
    },
  };
}
