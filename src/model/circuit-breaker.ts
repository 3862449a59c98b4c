import { toBackoffMs } from '../lib/backoff.ts';
import { ModelError, type ModelErrorKind } from '../errors.ts';
import type { CallEnd } from './model-error.ts';
import type { ModelLog } from './ports.ts';

export interface CircuitBreakerOptions {
  /** Names the circuit in the log and in its errors. */
  readonly name: string;
  /** Failures in a row, within `windowMs`, that open it. */
  readonly failureThreshold?: number;
  readonly windowMs?: number;
  /** The first time that it stays open; up to half of it is added at random, and each further one is twice as long. */
  readonly coolDownMs?: number;
  readonly maxCoolDownMs?: number;
  /** Monotonic, in ms. */
  readonly now?: () => number;
  /** [0, 1), as Math.random. */
  readonly random?: () => number;
  readonly log?: ModelLog;
}

/** One call's passage. */
export interface Passage {
  end(end: CallEnd): void;
}

export interface CircuitBreaker {
  /** Throws CircuitOpenError where no call would be let through now. */
  check(): void;
  /** The same, and takes part: the caller makes the call and must `end` the passage. May be the one probe. */
  enter(): Passage;
  /** Calls `listener` when the circuit opens, until the returned function is called. */
  onOpen(listener: (error: CircuitOpenError) => void): () => void;
}

/** A call that was not made, since the calls before it failed. Its kind is that of their failure. */
export class CircuitOpenError extends ModelError {}

const DEFAULTS = {
  failureThreshold: 5,
  windowMs: 60_000,
  coolDownMs: 5_000,
  maxCoolDownMs: 120_000,
} as const satisfies Partial<CircuitBreakerOptions>;

/** What says that the server, or our access to it, is out of order rather than busy or of another opinion. */
const FAILURES: ReadonlySet<ModelErrorKind> = new Set(['unavailable', 'stalled', 'unauthorized']);

/**
 * Stops calls to a model that does not work: closed, it counts failures in a row; open, every call fails at once;
 * after a cool-down one call at a time probes whether it works again.
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { failureThreshold, windowMs, coolDownMs, maxCoolDownMs } = { ...DEFAULTS, ...options };
  const { name, log, now = () => performance.now(), random = Math.random } = options;
  const listeners = new Set<(error: CircuitOpenError) => void>();
  let failuresAt: number[] = [];
  /** Absent while closed. */
  let open: { readonly until: number; readonly cause: ModelError } | undefined;
  let isProbing = false;
  /** Openings since the circuit was last closed. */
  let openings = 0;
  /** Counts changes of state: a call that began before one says nothing about the state after it. */
  let epoch = 0;

  const toError = (): CircuitOpenError | undefined => {
    if (open === undefined) return undefined;
    const leftMs = Math.ceil(open.until - now());
    if (leftMs <= 0 && !isProbing) return undefined;
    // How long a probe takes is not known.
    return createOpenError(name, open.cause, leftMs > 0 ? leftMs : undefined);
  };

  const openCircuit = (cause: ModelError): void => {
    openings += 1;
    const growthMs = toBackoffMs(openings, { minMs: coolDownMs, maxMs: maxCoolDownMs });
    const coolDown = growthMs * (1 + random() / 2);
    epoch += 1;
    failuresAt = [];
    open = { until: now() + coolDown, cause };
    log?.warn(
      { err: cause, model: name, coolDownMs: coolDown },
      'The model does not work; calls to it pause',
    );
    const error = createOpenError(name, cause, Math.ceil(coolDown));
    for (const listener of [...listeners]) listener(error);
  };

  const closeCircuit = (): void => {
    open = undefined;
    openings = 0;
    epoch += 1;
    log?.warn({ model: name }, 'The model works again');
  };

  const endProbe = (end: CallEnd): void => {
    isProbing = false;
    if (end.kind === 'cancelled') return;
    // A refusal of any other kind shows that the server is there; a broken stream does not.
    if (end.kind === 'answered' || !(FAILURES.has(end.error.kind) || end.error.kind === 'interrupted'))
      closeCircuit();
    else openCircuit(end.error);
  };

  const count = (end: CallEnd): void => {
    if (end.kind === 'answered') failuresAt = [];
    if (end.kind !== 'failed' || !FAILURES.has(end.error.kind)) return;
    const at = now();
    failuresAt = [...failuresAt.filter((each) => each > at - windowMs), at];
    if (failuresAt.length >= failureThreshold) openCircuit(end.error);
  };

  const check = (): void => {
    const error = toError();
    if (error !== undefined) throw error;
  };

  return {
    check,
    enter() {
      check();
      const startedIn = epoch;
      const isProbe = open !== undefined;
      isProbing = isProbe;
      return {
        end(end) {
          if (startedIn !== epoch) return;
          if (isProbe) endProbe(end);
          else count(end);
        },
      };
    },
    onOpen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

function createOpenError(
  name: string,
  cause: ModelError,
  retryAfterMs: number | undefined,
): CircuitOpenError {
  // A key that is refused is no outage, and the person is told so.
  const kind = cause.kind === 'unauthorized' ? 'unauthorized' : 'unavailable';
  return new CircuitOpenError(kind, `${name} has failed several times and is not asked for a while`, {
    cause,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
