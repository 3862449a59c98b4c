import { describe, expect, test } from 'vitest';
import { ModelError } from '../../src/errors.ts';
import type { Model, ModelReply, ModelRequest } from '../../src/model/ports.ts';
import { createRetryingModel } from '../../src/model/retrying-model.ts';

const request: ModelRequest = { messages: [], tools: [], userId: '1' };
const reply: ModelReply = { text: 'ok', toolCalls: [], finishReason: 'stop', model: 'm' };

/** Fails with each error in turn, after showing `text`, and then answers. */
function createFailing(errors: readonly ModelError[], text = ''): { model: Model; calls: () => number } {
  let calls = 0;
  const model: Model = {
    countTokens: (each) => each.length,
    complete(_, onText) {
      const error = errors[calls];
      calls += 1;
      if (text !== '') onText(text);
      return error === undefined ? Promise.resolve(reply) : Promise.reject(error);
    },
  };
  return { model, calls: () => calls };
}

const unavailable = new ModelError('unavailable', 'down');
const quick = { baseDelayMs: 1, maxDelayMs: 2 };
const never = new AbortController().signal;
const ignore = (): void => undefined;

describe('retrying model', () => {
  test('FAULTS 14: tries again what may pass, within one budget', async () => {
    const twice = createFailing([unavailable, new ModelError('stalled', 'slow')]);
    await expect(createRetryingModel(twice.model, quick).complete(request, ignore, never)).resolves.toBe(
      reply,
    );
    expect(twice.calls()).toBe(3);

    const always = createFailing(Array.from({ length: 9 }, () => unavailable));
    await expect(createRetryingModel(always.model, quick).complete(request, ignore, never)).rejects.toBe(
      unavailable,
    );
    expect(always.calls()).toBe(3);
  });

  test.each(['unauthorized', 'rejected', 'context-too-long'] as const)(
    'does not repeat: %s',
    async (kind) => {
      const failing = createFailing([new ModelError(kind, 'no')]);
      await expect(
        createRetryingModel(failing.model, quick).complete(request, ignore, never),
      ).rejects.toThrow('no');
      expect(failing.calls()).toBe(1);
    },
  );

  test('FAULTS 14: does not repeat a call whose text has been shown', async () => {
    const failing = createFailing([new ModelError('interrupted', 'cut')], 'Hel');
    const shown: string[] = [];
    const model = createRetryingModel(failing.model, quick);
    await expect(model.complete(request, (text) => shown.push(text), never)).rejects.toThrow('cut');
    expect(failing.calls()).toBe(1);
    expect(shown).toEqual(['Hel']);
  });

  test('FAULTS 14: waits as long as the server asks, but not longer than the limit', async () => {
    const patient = createFailing([new ModelError('rate-limited', 'wait', { retryAfterMs: 30 })]);
    const startedAt = performance.now();
    await createRetryingModel(patient.model, quick).complete(request, ignore, never);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(28);

    const tooLong = createFailing([new ModelError('rate-limited', 'wait', { retryAfterMs: 61_000 })]);
    await expect(createRetryingModel(tooLong.model).complete(request, ignore, never)).rejects.toThrow('wait');
    expect(tooLong.calls()).toBe(1);
  });

  test('spreads its waits over the whole of a growing span', async () => {
    const delays: unknown[] = [];
    const failing = createFailing([unavailable, unavailable, unavailable]);
    const model = createRetryingModel(failing.model, {
      ...quick,
      maxAttempts: 4,
      maxDelayMs: 3,
      random: () => 0.5,
      log: { warn: (data) => delays.push(data['delayMs']) },
    });
    await model.complete(request, ignore, never);
    expect(delays).toEqual([0.5, 1, 1.5]);
  });

  test('an abort ends the wait at once', async () => {
    const abort = new AbortController();
    const failing = createFailing([new ModelError('rate-limited', 'wait', { retryAfterMs: 50_000 })]);
    const model = createRetryingModel(failing.model, {
      log: {
        warn: () => {
          abort.abort(new Error('stop'));
        },
      },
    });
    await expect(model.complete(request, ignore, abort.signal)).rejects.toThrow('stop');
  });
});
