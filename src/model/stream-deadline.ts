import { ModelError } from '../errors.ts';

export interface StreamDeadlineOptions {
  readonly firstTokenTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Called at most once. */
  readonly onExpire: (error: ModelError) => void;
}

/** After its reason to stop a server has the usage to say, and that it is done; not every one says either. */
const CONCLUDE_TIMEOUT_MS = 1_000;
const CLOSE_TIMEOUT_MS = 200;

/** Watches a stream for signs of life: one timer, re-armed without allocation. */
export class StreamDeadline {
  readonly #options: StreamDeadlineOptions;
  #timer: NodeJS.Timeout;
  /** What the timer waits for is further content. */
  #isIdleTimer = false;

  constructor(options: StreamDeadlineOptions) {
    this.#options = options;
    this.#timer = this.#start(options.firstTokenTimeoutMs, 'The model sent no content within');
  }

  /** Content came. */
  refresh(): void {
    if (this.#isIdleTimer) {
      this.#timer.refresh();
      return;
    }
    this.#isIdleTimer = true;
    clearTimeout(this.#timer);
    this.#timer = this.#start(this.#options.idleTimeoutMs, 'The model sent no more content for');
  }

  /** The model has finished; the usage may still come. Content after all means that it has not. */
  conclude(): void {
    this.#isIdleTimer = false;
    clearTimeout(this.#timer);
    this.#timer = this.#start(CONCLUDE_TIMEOUT_MS, 'The model server did not end its stream within');
  }

  /** The answer is whole; only the end of the connection is awaited, so that it can be used again. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start(CLOSE_TIMEOUT_MS, 'The model server did not end its answer within');
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #start(timeoutMs: number, what: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#options.onExpire(new ModelError('stalled', `${what} ${timeoutMs} ms`));
    }, timeoutMs);
  }
}
