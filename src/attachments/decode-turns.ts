import { TimeoutError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import { createFairPlaces } from './fair-places.ts';
import type { AttachmentLimits } from './limits.ts';
import { Unreadable } from './ports.ts';

/** Takes a decoder, and is over with the signal. Rejects with TimeoutError where the processor time is over. */
type DecoderWork<T> = (maxCpuMs: number, signal: AbortSignal) => Promise<T>;

/** Does work that takes a decoder, when it is this question's turn. Throws Unreadable where its time is over. */
export type DecodeTurn = <T>(signal: AbortSignal, work: DecoderWork<T>) => Promise<T>;

type TurnLimits = Pick<
  AttachmentLimits,
  | 'quickDecodeCpuMs'
  | 'decodeTimeoutMs'
  | 'decodeTotalMs'
  | 'maxQuickDecoders'
  | 'maxLongDecoders'
  | 'maxDecodersPerUser'
>;

/**
 * Deals the decoders out fairly among people; the files of one question have a time together, too. Nobody can tell
 * beforehand which file takes long, so each has a short time first. One that needs more begins again with a decoder for
 * those: however many people bring such files, a common one waits for short times alone.
 */
export function createDecodeTurns(limits: TurnLimits): { forQuestion(userId: string): DecodeTurn } {
  const { decodeTimeoutMs, decodeTotalMs, maxDecodersPerUser: capacityPerUser } = limits;
  const lanes = [
    {
      places: createFairPlaces({ capacity: limits.maxQuickDecoders, capacityPerUser }),
      maxCpuMs: limits.quickDecodeCpuMs,
    },
    {
      places: createFairPlaces({ capacity: limits.maxLongDecoders, capacityPerUser }),
      maxCpuMs: decodeTimeoutMs,
    },
  ] as const;

  return {
    forQuestion(userId) {
      let leftMs = decodeTotalMs;
      const spent = new AbortController();

      /** Undefined where that time did not suffice. */
      const attempt = <T>(
        { places, maxCpuMs }: (typeof lanes)[number],
        outer: AbortSignal,
        work: DecoderWork<T>,
      ): Promise<{ readonly result: T } | undefined> =>
        places.hold(userId, 1, AbortSignal.any([outer, spent.signal]), async () => {
          const startedAt = performance.now();
          try {
            const givenMs = Math.min(decodeTimeoutMs, leftMs);
            return await withDeadline('Decoding a file', givenMs, outer, async ({ signal }) => ({
              result: await work(maxCpuMs, signal),
            }));
          } catch (error) {
            outer.throwIfAborted();
            if (error instanceof TimeoutError) return undefined;
            throw error;
          } finally {
            leftMs = Math.floor(leftMs - (performance.now() - startedAt));
            // Those that wait need not wait for a place to hear it.
            if (leftMs <= 0) spent.abort(new Unreadable('comes after files that took all of my time for it'));
          }
        });

      return async (signal, work) => {
        const [quick, long] = lanes;
        const done = await attempt(quick, signal, work);
        if (done) return done.result;
        const doneLate = await attempt(long, signal, work).catch((error: unknown) => {
          // It had a part in that itself.
          if (error === spent.signal.reason) return undefined;
          throw error;
        });
        if (doneLate) return doneLate.result;
        throw new Unreadable('takes too long to read');
      };
    },
  };
}
