import { setTimeout as delay } from 'node:timers/promises';
import { TimeoutError } from '../errors.ts';

/** Waits `ms`; rejects with the signal's reason as soon as it aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * Runs `work` with a signal that aborts after `timeoutMs` (reason: TimeoutError) or when `signal` aborts.
 * Settles by the deadline even if `work` ignores its signal; a late rejection of such work is dropped,
 * because its caller has already been told.
 */
export async function withDeadline<T>(
  what: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    controller.abort(reason);
    abort.reject(reason);
  };
  const onAbort = (): void => {
    end(signal?.reason);
  };
  const timer = setTimeout(() => {
    end(new TimeoutError(what, timeoutMs));
  }, timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(controller.signal), abort.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
