import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createModel, type CreateModelOptions } from '../../src/model/create-model.ts';
import type { Model, ModelReply } from '../../src/model/ports.ts';
import { delta, done, sendStream, startModelServer, type ModelServer } from './model-server.ts';
import { ignore, never, request } from './scripted-calls.ts';

let main: ModelServer;
let spare: ModelServer;
let warnings: string[];

beforeEach(async () => {
  [main, spare] = await Promise.all([startModelServer(), startModelServer()]);
  warnings = [];
  main.answer(answer);
  spare.answer(answer);
});
afterEach(async () => {
  await Promise.all([main.stop(), spare.stop()]);
});

function answer(response: ServerResponse): void {
  sendStream(response, [delta({ content: 'Hi' }), delta({}, 'stop'), done]);
}

function refuse(status: number, headers: Record<string, string> = {}): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: 'no' } }));
  };
}

function create(options: Partial<CreateModelOptions> = {}): Model {
  return createModel({
    providers: [
      { baseUrl: main.baseUrl, model: 'main' },
      { baseUrl: spare.baseUrl, apiKey: 'spare-key', model: 'spare' },
    ],
    firstTokenTimeoutMs: 2_000,
    streamIdleTimeoutMs: 2_000,
    userHashKey: 'key',
    maxConcurrentCalls: 8,
    retry: { baseDelayMs: 1, maxDelayMs: 2 },
    log: { warn: (_, message) => warnings.push(message) },
    ...options,
  });
}

const onlyMain = (): Partial<CreateModelOptions> => ({
  providers: [{ baseUrl: main.baseUrl, model: 'main' }],
});

function ask(model: Model, signal = never): Promise<ModelReply> {
  return model.complete(request, ignore, signal);
}

describe('fallback', () => {
  test('while the first model answers, no other is asked', async () => {
    const reply = await ask(create());
    expect(reply).toMatchObject({ text: 'Hi', model: 'served-model' });
    expect(reply).not.toHaveProperty('isFallback');
    expect(spare.bodies).toHaveLength(0);
  });

  test.each([
    ['answers 503', 503, 3],
    ['refuses the key', 401, 1],
    ['is over its limit', 429, 3],
  ])('FAULTS 14: the first one %s: the next answers, with its own key and name', async (_, status, calls) => {
    main.answer(refuse(status));
    await expect(ask(create())).resolves.toMatchObject({ text: 'Hi', model: 'spare', isFallback: true });
    expect(main.bodies).toHaveLength(calls);
    expect(main.headers[0]?.authorization).toBeUndefined();
    expect(spare.bodies[0]?.['model']).toBe('spare');
    expect(spare.headers[0]?.authorization).toBe('Bearer spare-key');
  });

  test('FAULTS 12: the first one stalls: the next answers after one deadline, and the stream is closed', async () => {
    main.answer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': still here\n\n');
    });
    const model = create({ firstTokenTimeoutMs: 60 });
    await expect(ask(model)).resolves.toMatchObject({ isFallback: true });
    expect(main.bodies).toHaveLength(1);
    await expect.poll(() => main.aborted()).toBe(1);
  });

  test('FAULTS 12: a stream that breaks after its first words is not answered twice', async () => {
    main.answer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta({ content: 'Once upon' }), () => response.destroy());
    });
    const shown: string[] = [];
    const call = create().complete(request, (text) => shown.push(text), never);
    await expect(call).rejects.toMatchObject({ kind: 'interrupted' });
    expect(shown).toEqual(['Once upon']);
    expect([main.bodies.length, spare.bodies.length]).toEqual([1, 0]);
  });

  test('FAULTS 14: all are out of reach: an error, after a bounded number of calls', async () => {
    main.answer(refuse(503));
    spare.answer(refuse(401));
    await expect(ask(create())).rejects.toMatchObject({ kind: 'unauthorized' });
    expect([main.bodies.length, spare.bodies.length]).toEqual([3, 1]);
  });
});

describe('circuit', () => {
  test('FAULTS 14: a model that keeps failing is left alone, and asked again by one call after a while', async () => {
    main.answer(refuse(503));
    const model = create({ breaker: { failureThreshold: 3, coolDownMs: 80 } });
    await ask(model);
    expect(main.bodies).toHaveLength(3);
    for (let count = 0; count < 5; count += 1)
      await expect(ask(model)).resolves.toMatchObject({ isFallback: true });
    expect(main.bodies).toHaveLength(3);

    await new Promise((resolve) => setTimeout(resolve, 130));
    let release: (() => void) | undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    main.answer(async (response) => {
      await released;
      answer(response);
    });
    const probe = ask(model);
    await expect.poll(() => main.bodies.length).toBe(4);
    await expect(ask(model)).resolves.toMatchObject({ isFallback: true });
    release?.();
    await expect(probe).resolves.not.toHaveProperty('isFallback');
    await expect(ask(model)).resolves.not.toHaveProperty('isFallback');
    expect(main.bodies).toHaveLength(5);
    expect(warnings.filter((message) => /calls to it pause|works again/.test(message))).toHaveLength(2);
  });

  test('calls that wait for a place when it opens go to the next model at once', async () => {
    let fail: (() => void) | undefined;
    const failed = new Promise<void>((resolve) => (fail = resolve));
    main.answer(async (response, body) => {
      // The first two calls hold both places; one of them goes on holding its own.
      if (main.bodies.findIndex((each) => each === body) === 1) await new Promise(() => undefined);
      await failed;
      refuse(503)(response);
    });
    const model = create({
      maxConcurrentCalls: 2,
      breaker: { failureThreshold: 1 },
      retry: { maxRetries: 0 },
    });
    const stop = new AbortController();
    const first = ask(model);
    await expect.poll(() => main.bodies.length).toBe(1);
    const stuck = ask(model, stop.signal);
    await expect.poll(() => main.bodies.length).toBe(2);
    const waiting = [ask(model), ask(model), ask(model)];
    fail?.();
    for (const reply of await Promise.all([first, ...waiting])) expect(reply.isFallback).toBe(true);
    expect(main.bodies).toHaveLength(2);
    stop.abort(new Error('stopped'));
    await expect(stuck).rejects.toThrow('stopped');
  });

  test('FAULTS 14: without another model, a short pause is waited for', async () => {
    main.answer((response) => {
      refuse(503)(response);
      main.answer(answer);
    });
    const model = create({ ...onlyMain(), breaker: { failureThreshold: 1, coolDownMs: 60 } });
    const startedAt = performance.now();
    await expect(ask(model)).resolves.toMatchObject({ text: 'Hi' });
    expect(performance.now() - startedAt).toBeGreaterThan(55);
    expect(main.bodies).toHaveLength(2);
  });
});

describe('limit', () => {
  test('bounds the calls of all runs to one provider; a stopped call gives its place back', async () => {
    let active = 0;
    let most = 0;
    main.answer(async (response) => {
      active += 1;
      most = Math.max(most, active);
      await new Promise((resolve) => setTimeout(resolve, 10));
      active -= 1;
      answer(response);
    });
    const model = create({ ...onlyMain(), maxConcurrentCalls: 3 });
    const stop = new AbortController();
    const stopped = [ask(model, stop.signal), ask(model, stop.signal)];
    const calls = Array.from({ length: 12 }, () => ask(model));
    stop.abort(new Error('stopped'));
    for (const call of stopped) await expect(call).rejects.toThrow('stopped');
    await Promise.all(calls);
    expect(most).toBe(3);
  });

  test('two models under one address and key share it, other keys do not', async () => {
    const held: ServerResponse[] = [];
    main.answer((response) => {
      held.push(response);
    });
    const baseUrl = main.baseUrl;
    const createTwo = (apiKey: string): Model =>
      create({
        providers: [
          { baseUrl, apiKey: 'one', model: 'main' },
          { baseUrl, apiKey, model: 'other' },
        ],
        maxConcurrentCalls: 1,
        breaker: { failureThreshold: 1, coolDownMs: 60_000 },
        retry: { maxRetries: 0 },
      });
    for (const [apiKey, expected] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      held.length = 0;
      const model = createTwo(apiKey);
      const stop = new AbortController();
      const first = ask(model, stop.signal);
      await expect.poll(() => held.length).toBe(1);
      const second = model.complete({ ...request, model: 'third' }, ignore, stop.signal);
      // The first call goes on to the other model, the second is served by the first provider.
      refuse(503)(held[0] ?? expect.fail());
      await expect.poll(() => held.length).toBe(1 + expected);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(held).toHaveLength(1 + expected);
      stop.abort(new Error('stopped'));
      for (const call of [first, second]) await expect(call).rejects.toThrow('stopped');
    }
  });

  test('FAULTS 14: a 429 with Retry-After holds back the calls of all, not only of who was refused', async () => {
    const at: number[] = [];
    main.answer((response) => {
      at.push(performance.now());
      if (at.length === 1) refuse(429, { 'retry-after-ms': '150' })(response);
      else answer(response);
    });
    const model = create(onlyMain());
    const first = ask(model);
    await expect.poll(() => warnings.length).toBe(1);
    await Promise.all([first, ...Array.from({ length: 4 }, () => ask(model))]);
    expect(at).toHaveLength(6);
    for (const time of at.slice(1)) expect(time - (at[0] ?? 0)).toBeGreaterThan(140);
  });

  test('FAULTS 14: a busy server is asked by fewer at once, and by all again once it copes', async () => {
    let active = 0;
    let most = 0;
    let capacity = 2;
    let allAtOnce: PromiseWithResolvers<void> | undefined = undefined;
    main.answer(async (response) => {
      active += 1;
      most = Math.max(most, active);
      const isOver = active > capacity;
      if (active === 16) allAtOnce?.resolve();
      await (allAtOnce ? allAtOnce.promise : sleep(2));
      active -= 1;
      if (isOver) refuse(429)(response);
      else answer(response);
    });
    const model = create({
      ...onlyMain(),
      maxConcurrentCalls: 16,
      retry: { maxRetries: 50, baseDelayMs: 1 },
    });
    const burst = (count: number): Promise<ModelReply[]> =>
      Promise.all(Array.from({ length: count }, () => ask(model)));
    await burst(60);
    most = 0;
    await burst(16);
    expect(most).toBeLessThan(16);
    capacity = 16;
    for (let round = 0; round < 20; round += 1) await burst(16);
    // None is answered before all have come: it would never end with fewer at once.
    allAtOnce = Promise.withResolvers();
    await burst(16);
    expect(active).toBe(0);
  });
});
