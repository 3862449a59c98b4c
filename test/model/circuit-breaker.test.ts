import { describe, expect, test } from 'vitest';
import { ModelError, type ModelErrorKind } from '../../src/errors.ts';
import { ANSWERED, CANCELLED, type CallEnd } from '../../src/model/model-error.ts';
import {
  createCircuitBreaker,
  type CircuitBreaker,
  type CircuitBreakerOptions,
} from '../../src/model/circuit-breaker.ts';

const failed = (kind: ModelErrorKind): CallEnd => ({ kind: 'failed', error: new ModelError(kind, 'no') });
const down = failed('unavailable');

function create(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = { ms: 0 };
  const breaker = createCircuitBreaker({
    name: 'some-model',
    failureThreshold: 3,
    windowMs: 1_000,
    coolDownMs: 100,
    maxCoolDownMs: 400,
    now: () => clock.ms,
    random: () => 0,
    ...options,
  });
  const fail = (times: number, end = down): void => {
    for (let time = 0; time < times; time += 1) breaker.enter().end(end);
  };
  return { breaker, clock, fail };
}

function isOpen(breaker: CircuitBreaker): boolean {
  try {
    breaker.check();
    return false;
  } catch {
    return true;
  }
}

describe('circuit breaker', () => {
  test.each(['unavailable', 'stalled', 'unauthorized'] as const)(
    'FAULTS 12, 14: opens after several failures in a row: %s',
    (kind) => {
      const { breaker, fail } = create();
      fail(2, failed(kind));
      breaker.enter().end(ANSWERED);
      fail(2, failed(kind));
      expect(isOpen(breaker)).toBe(false);
      fail(1, failed(kind));
      expect(isOpen(breaker)).toBe(true);
    },
  );

  test('other errors, and calls that were stopped, do not open it', () => {
    const { breaker, fail } = create();
    for (const kind of ['rate-limited', 'rejected', 'context-too-long', 'interrupted'] as const)
      fail(9, failed(kind));
    fail(9, CANCELLED);
    expect(isOpen(breaker)).toBe(false);
  });

  test('failures that are far apart do not add up', () => {
    const { breaker, clock, fail } = create();
    for (let count = 0; count < 9; count += 1) {
      fail(1);
      clock.ms += 501;
    }
    expect(isOpen(breaker)).toBe(false);
  });

  test('while open every call fails at once and says for how long; a refused key stays a refused key', () => {
    const { breaker, clock, fail } = create();
    fail(3);
    clock.ms += 40;
    expect(() => breaker.enter()).toThrow(
      expect.objectContaining({ kind: 'unavailable', retryAfterMs: 60 }) as Error,
    );
    const refused = create();
    refused.fail(3, failed('unauthorized'));
    expect(() => refused.breaker.enter()).toThrow(expect.objectContaining({ kind: 'unauthorized' }) as Error);
  });

  test('after the cool-down one call probes; its answer closes the circuit', () => {
    const { breaker, clock, fail } = create();
    fail(3);
    clock.ms += 100;
    const probe = breaker.enter();
    expect(isOpen(breaker)).toBe(true);
    probe.end(ANSWERED);
    expect(isOpen(breaker)).toBe(false);
    fail(2);
    expect(isOpen(breaker)).toBe(false);
  });

  test('a probe that fails opens it for longer, up to a maximum; a probe that is stopped leaves it to the next', () => {
    const { breaker, clock, fail } = create();
    fail(3);
    for (const coolDownMs of [100, 200, 400, 400]) {
      clock.ms += coolDownMs - 1;
      expect(isOpen(breaker)).toBe(true);
      clock.ms += 1;
      breaker.enter().end(CANCELLED);
      breaker.enter().end(failed('interrupted'));
    }
    clock.ms += 400;
    // The server is there and of another opinion.
    breaker.enter().end(failed('rejected'));
    expect(isOpen(breaker)).toBe(false);
    fail(3);
    clock.ms += 100;
    expect(isOpen(breaker)).toBe(false);
  });

  test('its cool-down has jitter', () => {
    const { breaker, clock, fail } = create({ random: () => 0.8 });
    fail(3);
    clock.ms += 139;
    expect(isOpen(breaker)).toBe(true);
    clock.ms += 1;
    expect(isOpen(breaker)).toBe(false);
  });

  test('calls that began before it opened neither close it nor open it for longer', () => {
    const { breaker, clock, fail } = create();
    const [early, late] = [breaker.enter(), breaker.enter()];
    fail(3);
    early.end(ANSWERED);
    late.end(down);
    expect(isOpen(breaker)).toBe(true);
    clock.ms += 100;
    expect(isOpen(breaker)).toBe(false);
  });

  test('tells who listens, until they do no more', () => {
    const { breaker, clock, fail } = create();
    const told: unknown[] = [];
    const unsubscribe = breaker.onOpen((error) => told.push(error.kind));
    fail(3);
    expect(told).toEqual(['unavailable']);
    unsubscribe();
    clock.ms += 100;
    fail(1);
    expect(told).toHaveLength(1);
  });
});
