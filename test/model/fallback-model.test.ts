import { describe, expect, test } from 'vitest';
import { ModelError } from '../../src/errors.ts';
import { CircuitOpenError } from '../../src/model/circuit-breaker.ts';
import { createFallbackModel, type FallbackOptions } from '../../src/model/fallback-model.ts';
import type { Model } from '../../src/model/ports.ts';
import {
  createAlwaysFailing,
  createFailing,
  ignore,
  never,
  reply,
  request,
  type FailingModel,
} from './scripted-calls.ts';

const unavailable = new ModelError('unavailable', 'down');
const quick = { baseDelayMs: 1, maxDelayMs: 2 };

function create(options: FallbackOptions, first: FailingModel, ...others: FailingModel[]): Model {
  const fallbacks = others.map(({ model }, index) => ({ name: `fallback-${index + 1}`, model }));
  return createFallbackModel([{ name: 'first', model: first.model }, ...fallbacks], options);
}

describe('one model', () => {
  test('FAULTS 14: tries again what may pass, within one budget', async () => {
    const twice = createFailing([unavailable, new ModelError('stalled', 'slow')]);
    await expect(create(quick, twice).complete(request, ignore, never)).resolves.toBe(reply);
    expect(twice.requests).toHaveLength(3);

    const always = createAlwaysFailing(unavailable);
    await expect(create(quick, always).complete(request, ignore, never)).rejects.toBe(unavailable);
    expect(always.requests).toHaveLength(3);
  });

  test.each(['unauthorized', 'rejected', 'context-too-long'] as const)(
    'does not repeat: %s',
    async (kind) => {
      const failing = createFailing([new ModelError(kind, 'no')]);
      await expect(create(quick, failing).complete(request, ignore, never)).rejects.toThrow('no');
      expect(failing.requests).toHaveLength(1);
    },
  );

  test('FAULTS 14: does not repeat a call whose text has been shown', async () => {
    const failing = createFailing([new ModelError('interrupted', 'cut')], 'Hel');
    const shown: string[] = [];
    const model = create(quick, failing);
    await expect(model.complete(request, (text) => shown.push(text), never)).rejects.toThrow('cut');
    expect(failing.requests).toHaveLength(1);
    expect(shown).toEqual(['Hel']);
  });

  test('FAULTS 14: waits as long as the server asks, but in all not longer than the limit', async () => {
    const wait = (retryAfterMs: number) => new ModelError('rate-limited', 'wait', { retryAfterMs });
    const patient = createFailing([wait(30)]);
    const startedAt = performance.now();
    await create(quick, patient).complete(request, ignore, never);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(28);

    const tooLong = createFailing([wait(61_000)]);
    await expect(create({}, tooLong).complete(request, ignore, never)).rejects.toThrow('wait');
    expect(tooLong.requests).toHaveLength(1);

    const inAll = createFailing([wait(20), wait(20)]);
    const limited = create({ ...quick, maxRetryAfterMs: 30 }, inAll);
    await expect(limited.complete(request, ignore, never)).rejects.toThrow('wait');
    expect(inAll.requests).toHaveLength(2);
  });

  test('FAULTS 14: spreads its waits over the whole of a growing span', async () => {
    const delays: unknown[] = [];
    const failing = createFailing([unavailable, unavailable, unavailable]);
    const model = create(
      {
        ...quick,
        maxRetries: 3,
        maxDelayMs: 3,
        random: () => 0.5,
        log: { warn: (data) => delays.push(data['delayMs']) },
      },
      failing,
    );
    await model.complete(request, ignore, never);
    expect(delays).toEqual([0.5, 1, 1.5]);
  });

  test('an abort ends the wait at once', async () => {
    const abort = new AbortController();
    const failing = createFailing([new ModelError('rate-limited', 'wait', { retryAfterMs: 50_000 })]);
    const log = {
      warn: () => {
        abort.abort(new Error('stop'));
      },
    };
    await expect(create({ log }, failing).complete(request, ignore, abort.signal)).rejects.toThrow('stop');
  });
});

describe('several models', () => {
  test('FAULTS 14: the next one is asked when the retries are spent; the reply says who answered', async () => {
    const first = createAlwaysFailing(unavailable);
    const second = createFailing([]);
    const model = create(quick, first, second);
    await expect(model.complete({ ...request, model: 'own choice' }, ignore, never)).resolves.toEqual({
      ...reply,
      model: 'fallback-1',
      isFallback: true,
    });
    expect(first.requests.map((asked) => asked.model)).toEqual(['own choice', 'own choice', 'own choice']);
    // What a request names is a model of the first server.
    expect(second.requests).toEqual([request]);
  });

  test('FAULTS 14: one budget of retries for all of them together', async () => {
    const models = [0, 1, 2].map(() => createAlwaysFailing(unavailable)) as [FailingModel, FailingModel];
    await expect(create(quick, ...models).complete(request, ignore, never)).rejects.toBe(unavailable);
    expect(models.map(({ requests }) => requests.length)).toEqual([3, 1, 1]);
  });

  test.each([
    ['a stalled model', new ModelError('stalled', 'slow')],
    ['a refused key', new ModelError('unauthorized', 'key')],
    ['an open circuit', new CircuitOpenError('unavailable', 'open', { retryAfterMs: 1 })],
    ['a pause that is too long', new ModelError('rate-limited', 'wait', { retryAfterMs: 61_000 })],
  ])('FAULTS 12, 14: %s is not waited for where another model can be asked', async (_, error) => {
    const first = createAlwaysFailing(error);
    const second = createFailing([unavailable]);
    const startedAt = performance.now();
    await expect(create(quick, first, second).complete(request, ignore, never)).resolves.toMatchObject({
      isFallback: true,
    });
    expect(performance.now() - startedAt).toBeLessThan(500);
    // The budget was left to the second.
    expect([first.requests.length, second.requests.length]).toEqual([1, 2]);
  });

  test.each([
    ['rejected', ''],
    ['context-too-long', ''],
    ['interrupted', 'shown'],
    ['unavailable', 'shown'],
  ] as const)('%s after "%s" is no case for another model', async (kind, text) => {
    const first = createFailing([new ModelError(kind, 'no')], text);
    const second = createFailing([]);
    await expect(create(quick, first, second).complete(request, ignore, never)).rejects.toThrow('no');
    expect(second.requests).toHaveLength(0);
  });

  test('what another model cannot mend is said as it is, and a stopped call asks nobody', async () => {
    const tooLong = createFailing([new ModelError('context-too-long', 'smaller window')]);
    const third = createFailing([]);
    const model = create(quick, createAlwaysFailing(unavailable), tooLong, third);
    await expect(model.complete(request, ignore, never)).rejects.toThrow('smaller window');

    const abort = new AbortController();
    const log = {
      warn: () => {
        abort.abort(new Error('stop'));
      },
    };
    const stopped = create({ ...quick, log }, createAlwaysFailing(unavailable), third);
    await expect(stopped.complete(request, ignore, abort.signal)).rejects.toThrow('stop');
    expect(third.requests).toHaveLength(0);
  });

  test('the first model counts the tokens', async () => {
    const first = createFailing([]);
    const exact = { ...first.model, countExactly: () => Promise.resolve([7]) };
    const member = { name: 'second', model: createFailing([]).model };
    const model = createFallbackModel([{ name: 'first', model: exact }, member]);
    expect(model.countTokens('four')).toBe(4);
    await expect(model.countExactly?.(['four'], never)).resolves.toEqual([7]);
    expect(createFallbackModel([member]).countExactly).toBeUndefined();
  });
});
