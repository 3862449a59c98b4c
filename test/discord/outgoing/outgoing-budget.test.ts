import { describe, expect, test, vi } from 'vitest';
import type { Priority } from '../../../src/discord/outgoing/outgoing-request.ts';
import { contents, create, createBudget, edit, settled, useFakeClock } from './budget-scene.ts';
import { FakeDiscord } from './fake-discord.ts';

useFakeClock();

describe('the global limit', () => {
  test('FAULTS 24: 500 messages over 100 channels end without a 429, at 95 % of what Discord allows', async () => {
    const discord = new FakeDiscord({ travelMs: () => 20 + (Date.now() % 7) });
    const budget = createBudget(discord);
    const started = Date.now();
    await settled(
      Promise.all(Array.from({ length: 500 }, (_, i) => budget.send(create(100 + (i % 100), `m${i}`)))),
    );
    expect(discord.refused429).toBe(0);
    expect(discord.arrivals).toHaveLength(500);
    // The first 50 are a burst, the other 450 come at 50 a second.
    expect(Date.now() - started).toBeLessThan((450 / 50 / 0.95) * 1000 + 100);
  });

  /** The most requests that arrived within one of the server's seconds. */
  const peakOf = ({ arrivals }: FakeDiscord): number => {
    const times = arrivals.map(({ at }) => at).sort((a, b) => a - b);
    return Math.max(...times.map((at, i) => times.slice(i).filter((other) => other < at + 1000).length));
  };
  const createRandom = (seed: number) => (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };

  test('FAULTS 24: travel times that vary widely never put more than the limit into one of the server’s seconds', async () => {
    const random = createRandom(7);
    const discord = new FakeDiscord({ travelMs: () => 10 + random() * 300 });
    const budget = createBudget(discord);
    await settled(Promise.all(Array.from({ length: 300 }, (_, i) => budget.send(create(100 + i)))));
    expect(discord.refused429).toBe(0);
    expect(peakOf(discord)).toBeLessThanOrEqual(50);
  });

  test('FAULTS 24: neither does a burst after quiet times in which the way there took long', async () => {
    for (const [quiet, seed] of [
      [6, 7],
      [6, 12],
      [25, 11],
      [25, 25],
    ] as const) {
      const random = createRandom(seed * 7919);
      let isBusy = false;
      const discord = new FakeDiscord({ travelMs: () => random() * (isBusy ? 40 : 60) });
      const budget = createBudget(discord);
      for (let i = 0; i < quiet; i += 1) await settled(budget.send(create(i)));
      await vi.advanceTimersByTimeAsync(1500);
      isBusy = true;
      await settled(Promise.all(Array.from({ length: 200 }, (_, i) => budget.send(create(100 + i)))));
      expect(discord.refused429, `${quiet} quiet ones, seed ${seed}`).toBe(0);
      expect(peakOf(discord)).toBeLessThanOrEqual(50);
    }
  });

  test('interaction endpoints wait for nobody', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord);
    const all = Promise.all(Array.from({ length: 120 }, (_, i) => budget.send(create(100 + i))));
    const answered = budget.send({
      method: 'PATCH',
      path: '/webhooks/5/token/messages/@original',
      priority: 'interim-edit',
      body: () => ({ json: { content: 'now' } }),
    });
    await vi.advanceTimersByTimeAsync(60);
    await answered;
    await settled(all);
    expect(discord.refused429).toBe(0);
  });

  test('counts what another client sends', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord, { requestsPerSecond: 2 });
    const done = budget.countForeign('/gateway/bot');
    const results = [budget.send(create(1)), budget.send(create(2))];
    await vi.advanceTimersByTimeAsync(100);
    expect(discord.arrivals).toHaveLength(1);
    done();
    await settled(Promise.all(results));
  });
});

describe('buckets', () => {
  test('FAULTS 24: a channel gets its five at once, then waits for the reset; others are not held up', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord);
    const busy = Promise.all(Array.from({ length: 12 }, (_, i) => budget.send(create(1, `m${i}`))));
    const other = budget.send(create(2, 'other'));
    await vi.advanceTimersByTimeAsync(50);
    await other;
    await settled(busy);
    expect(discord.refused429).toBe(0);
    const times = discord.arrivals.filter(({ path }) => path.includes('/1/')).map(({ at }) => at);
    expect(contents(discord).filter((text) => text !== 'other')).toEqual(
      Array.from({ length: 12 }, (_, i) => `m${i}`),
    );
    expect((times[11] ?? 0) - (times[0] ?? 0)).toBeLessThan(10_500);
  });

  test('creates and edits of a channel are counted apart', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord);
    const creates = Array.from({ length: 5 }, (_, i) => budget.send(create(1, `m${i}`)));
    const edits = Array.from({ length: 5 }, (_, i) => budget.send(edit(1, `e${i}`, 'final-text')));
    await vi.advanceTimersByTimeAsync(400);
    await Promise.all([...creates, ...edits]);
    expect(discord.arrivals).toHaveLength(10);
    expect(discord.refused429).toBe(0);
  });

  test('idle buckets are forgotten', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord);
    await settled(Promise.all(Array.from({ length: 200 }, (_, i) => budget.send(create(i)))));
    expect(budget.snapshot().buckets).toBe(200);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(budget.snapshot().buckets).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('priorities', () => {
  test('what is worth more goes first, whatever came first', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord, { requestsPerSecond: 1 });
    const order: Priority[] = [
      'interim-edit',
      'typing',
      'notice',
      'final-text',
      'partial-text',
      'first-text',
      'acknowledgement',
    ];
    const all = [budget.send(create(9, 'opens the window'))];
    order.forEach((priority, i) => all.push(budget.send(create(10 + i, priority, priority))));
    await settled(Promise.all(all));
    expect(contents(discord).slice(1)).toEqual([...order].reverse());
  });

  test('channels take turns', async () => {
    const discord = new FakeDiscord({ bucketLimit: 1000 });
    const budget = createBudget(discord, { requestsPerSecond: 1 });
    const all = Array.from({ length: 6 }, (_, i) => budget.send(create(1, `busy ${i}`)));
    all.push(budget.send(create(2, 'other')));
    await settled(Promise.all(all));
    expect(contents(discord).indexOf('other')).toBe(1);
  });

  test('a waiting request is raised', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord, { requestsPerSecond: 1 });
    const all = [budget.send(create(1, 'a')), budget.send(create(2, 'b'))];
    const ticket = budget.submit(create(3, 'c', 'partial-text'));
    ticket.raise('acknowledgement');
    ticket.raise('typing');
    await settled(Promise.all([...all, ticket.result]));
    expect(contents(discord)).toEqual(['a', 'c', 'b']);
  });

  test('the text is bound when it is sent; one no longer needed costs nothing', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord, { requestsPerSecond: 1 });
    let text = 'old';
    const first = budget.send(create(1, 'first'));
    const late = budget.send({ ...create(2), body: () => ({ json: { content: text } }) });
    const dropped = budget.send({ ...create(3), body: () => null });
    text = 'new';
    await settled(Promise.all([first, late]));
    await expect(settled(dropped)).resolves.toBeUndefined();
    expect(contents(discord)).toEqual(['first', 'new']);
  });

  test('a request whose signal aborts while it waits is taken out', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord, { requestsPerSecond: 1 });
    const controller = new AbortController();
    const first = budget.send(create(1, 'first'));
    const gone = budget.send({ ...create(2, 'gone'), signal: controller.signal });
    const last = budget.send(create(3, 'last'));
    controller.abort(new Error('the question was deleted'));
    await expect(gone).rejects.toThrow('the question was deleted');
    await settled(Promise.all([first, last]));
    expect(contents(discord)).toEqual(['first', 'last']);
    expect(budget.snapshot().waiting['first-text']).toBe(0);
  });

  test('10,000 that wait cost little to schedule', async () => {
    const discord = new FakeDiscord({ globalLimit: 1_000_000, bucketLimit: 1_000_000 });
    const budget = createBudget(discord, { requestsPerSecond: 5000 });
    const startedAt = process.cpuUsage();
    const all = Promise.all(Array.from({ length: 10_000 }, (_, i) => budget.send(create(i % 500, 'x'))));
    await settled(all);
    const { user } = process.cpuUsage(startedAt);
    expect(discord.arrivals).toHaveLength(10_000);
    expect(user / 1000).toBeLessThan(4000);
  });
});

describe('the end', () => {
  test('drain waits for what is under way; close rejects what waits', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord, { requestsPerSecond: 1 });
    const first = budget.send(create(1));
    const second = budget.send(create(2));
    await expect(settled(budget.drain(100))).resolves.toBe(false);
    await expect(settled(budget.drain(5000))).resolves.toBe(true);
    await Promise.all([first, second]);
    const under = budget.send(create(3));
    const waiting = budget.send(create(4));
    await vi.advanceTimersByTimeAsync(1100);
    budget.close();
    await expect(waiting).rejects.toMatchObject({ code: 'outgoing-closed' });
    await expect(budget.send(create(5))).rejects.toMatchObject({ code: 'outgoing-closed' });
    await settled(under);
    expect(vi.getTimerCount()).toBe(0);
  });
});
