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
export function withDeadline<T>(
  what: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const deadline = new Deadline(what, timeoutMs, signal, reject);
    // Further rejections, and whatever comes after the end, fall on a promise that is settled.
    const fail = (reason: Error): void => {
      deadline.clear();
      reject(reason);
    };
    try {
      work(deadline.signal).then((result) => {
        deadline.clear();
        resolve(result);
      }, fail);
    } catch (error) {
      fail(error as Error);
    }
  });
}

/** Ends the wait for work, and the work, when the time is over or the caller's signal aborts. Its own listener. */
class Deadline {
  readonly #what: string;
  readonly #timeoutMs: number;
  readonly #parent: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #reject: (reason: Error) => void;

  constructor(
    what: string,
    timeoutMs: number,
    parent: AbortSignal | undefined,
    reject: (reason: Error) => void,
  ) {
    this.#what = what;
    this.#timeoutMs = timeoutMs;
    this.#parent = parent;
    this.#reject = reject;
    this.#timer = setTimeout(Deadline.#expire, timeoutMs, this);
    parent?.addEventListener('abort', this, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  handleEvent(): void {
    this.#end(this.#parent?.reason as Error);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener('abort', this);
  }

  static #expire(deadline: Deadline): void {
    deadline.#end(new TimeoutError(deadline.#what, deadline.#timeoutMs));
  }

  #end(reason: Error): void {
    this.clear();
    this.#controller.abort(reason);
    this.#reject(reason);
  }
}
