/** What every error of our own carries: a stable `code` for logs and tests, and the data that caused it. */
export class SwitchboardError extends Error {
  readonly code: string;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { cause?: unknown; context?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.context = options.context ?? {};
  }
}

/** A wait ran past its deadline. */
export class TimeoutError extends SwitchboardError {
  constructor(what: string, timeoutMs: number) {
    super('timeout', `${what} took longer than ${String(timeoutMs)} ms`, { context: { what, timeoutMs } });
  }
}

/** The store did not answer (outage, deadline, corruption). Never to be read as "there is nothing". */
export class StoreUnavailableError extends SwitchboardError {
  constructor(operation: string, cause: unknown) {
    super('store-unavailable', `The store did not answer: ${operation}`, { cause, context: { operation } });
  }
}

/** The store holds a record that this program cannot read: trying again cannot help, beginning anew can. */
export class UnreadableRecordError extends StoreUnavailableError {}

/** The model server gave no usable answer. `kind` decides about retry and about the words to the user. */
export class ModelError extends SwitchboardError {
  readonly kind: ModelErrorKind;
  /** What the server asked us to wait before the next try, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: ModelErrorKind,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number; context?: Record<string, unknown> } = {},
  ) {
    super(`model-${kind}`, message, options);
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export type ModelErrorKind =
  /** 401/403: key missing or refused. */
  | 'unauthorized'
  /** 429. */
  | 'rate-limited'
  /** 5xx, connection refused or reset before the first byte. */
  | 'unavailable'
  /** The stream ended without `finish_reason`, or broke in the middle. */
  | 'interrupted'
  /** No first token, or no content for too long. */
  | 'stalled'
  /** The prompt does not fit the model's context window. */
  | 'context-too-long'
  /** The provider's content filter does not let the question, or its answer, through. */
  | 'filtered'
  /** Any other 4xx: our request is at fault, retrying cannot help. */
  | 'rejected';
