import { TimeoutError } from '../errors.ts';

/** Waits `ms`; rejects with the signal's reason as soon as it aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!signal) {
      setTimeout(resolve, ms);
      return;
    }
    signal.throwIfAborted();
    new Sleep(ms, signal, resolve, reject);
  });
}

// Thousands of runs wait at once, each in several of the waits below: so each of these is one object, which is its own
// listener, instead of closures and promises.

class Sleep {
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #resolve: () => void;
  readonly #reject: (reason: Error) => void;

  constructor(ms: number, signal: AbortSignal, resolve: () => void, reject: (reason: Error) => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(Sleep.#wake, ms, this);
    signal.addEventListener('abort', this, { once: true });
  }

  handleEvent(): void {
    clearTimeout(this.#timer);
    this.#reject(this.#signal.reason as Error);
  }

  static #wake(sleep: Sleep): void {
    sleep.#signal.removeEventListener('abort', sleep);
    sleep.#resolve();
  }
}

/** Waits for work that several callers share: an abort ends this wait, not the work. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      })
      .then(resolve, reject);
  });
}

/** A deadline within which work is done. */
export interface Deadline {
  /** Aborts at the deadline (reason: TimeoutError), or when the caller's signal does. Made when it is asked for. */
  readonly signal: AbortSignal;
  /** A part of the work begins, whose own deadline ends all of it. One part at a time. */
  beginPart(what: string, timeoutMs: number): void;
  /** The part is done. Not needed where the work ends with it. */
  endPart(): void;
}

/**
 * Runs `work` with a deadline that ends after `timeoutMs` (reason: TimeoutError) or when `signal` aborts.
 * Settles by the deadline even if `work` ignores its signal; a late rejection of such work is dropped,
 * because its caller has already been told.
 */
export function withDeadline<T>(
  what: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const deadline = new WorkDeadline(what, timeoutMs, signal, reject);
    // Further rejections, and whatever comes after the end, fall on a promise that is settled.
    const fail = (reason: Error): void => {
      deadline.clear();
      reject(reason);
    };
    try {
      work(deadline).then((result) => {
        deadline.clear();
        resolve(result);
      }, fail);
    } catch (error) {
      fail(error as Error);
    }
  });
}

/** Ends the wait for work, and the work, when the time is over or the caller's signal aborts. */
class WorkDeadline implements Deadline {
  readonly #parent: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #reject: (reason: Error) => void;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #partTimer: NodeJS.Timeout | undefined;

  constructor(
    what: string,
    timeoutMs: number,
    parent: AbortSignal | undefined,
    reject: (reason: Error) => void,
  ) {
    this.#parent = parent;
    this.#reject = reject;
    this.#timer = this.#startTimer(what, timeoutMs);
    parent?.addEventListener('abort', this, { once: true });
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  beginPart(what: string, timeoutMs: number): void {
    this.endPart();
    this.#partTimer = this.#startTimer(what, timeoutMs);
  }

  endPart(): void {
    clearTimeout(this.#partTimer);
  }

  handleEvent(): void {
    this.#end(this.#parent?.reason as Error);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.endPart();
    this.#parent?.removeEventListener('abort', this);
  }

  #startTimer(what: string, timeoutMs: number): NodeJS.Timeout {
    return setTimeout(WorkDeadline.#expire, timeoutMs, this, what, timeoutMs);
  }

  static #expire(deadline: WorkDeadline, what: string, timeoutMs: number): void {
    deadline.#end(new TimeoutError(what, timeoutMs));
  }

  #end(reason: Error): void {
    this.clear();
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#reject(reason);
  }
}

/** Whether the work, which must not reject, ends in time. */
export async function settlesWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = Promise.withResolvers<boolean>();
  const timeout = setTimeout(timer.resolve, timeoutMs, false);
  try {
    return await Promise.race([work.then(() => true), timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}
