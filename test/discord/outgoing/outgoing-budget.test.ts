import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import type { OutgoingBudgetOptions } from '../../../src/discord/outgoing/outgoing-budget.ts';
import type { OutgoingRequest, Priority } from '../../../src/discord/outgoing/outgoing-request.ts';
import type { OutgoingBudget } from '../../../src/discord/outgoing/ports.ts';
import { SwitchboardError } from '../../../src/errors.ts';
import { FakeDiscord, failed, rateLimited, refused } from './fake-discord.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

function createBudget(discord: FakeDiscord, options: Partial<OutgoingBudgetOptions> = {}): OutgoingBudget {
  return createOutgoingBudget({
    sender: discord,
    requestsPerSecond: 50,
    now: () => Date.now(),
    random: () => 0.5,
    ...options,
  });
}

function create(channel: number, text = 'hello', priority: Priority = 'first-text'): OutgoingRequest {
  return {
    method: 'POST',
    path: `/channels/${channel}/messages`,
    priority,
    body: () => ({ json: { content: text, nonce: `${channel}.${text}`.slice(0, 25), enforce_nonce: true } }),
  };
}

function edit(channel: number, text: string, priority: Priority = 'interim-edit'): OutgoingRequest {
  return {
    method: 'PATCH',
    path: `/channels/${channel}/messages/77`,
    priority,
    body: () => ({ json: { content: text } }),
  };
}

/** Advances the clock until the promise settles. */
async function settled<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
  const state = { isSettled: false };
  const mark = (): void => {
    state.isSettled = true;
  };
  promise.then(mark, mark);
  for (let waited = 0; !state.isSettled && waited < limitMs; waited += 10)
    await vi.advanceTimersByTimeAsync(10);
  expect(state.isSettled, 'the promise settled').toBe(true);
  return promise;
}

function contents(discord: FakeDiscord): unknown[] {
  return discord.arrivals.map(({ json }) => (json as { content?: string } | undefined)?.content);
}

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

  test('FAULTS 24: travel times that vary widely never put more than the limit into one of the server’s seconds', async () => {
    let seed = 7;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const discord = new FakeDiscord({ travelMs: () => 10 + random() * 300 });
    const budget = createBudget(discord);
    await settled(Promise.all(Array.from({ length: 300 }, (_, i) => budget.send(create(100 + i)))));
    expect(discord.refused429).toBe(0);
    const times = discord.arrivals.map(({ at }) => at).sort((a, b) => a - b);
    const peak = Math.max(
      ...times.map((at, i) => times.slice(i).filter((other) => other < at + 1000).length),
    );
    expect(peak).toBeLessThanOrEqual(50);
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

describe('interim edits', () => {
  /** Ten answers of one channel that want an edit all the time. */
  function keepEditing(budget: OutgoingBudget, channel: number, answers: number): Map<number, number> {
    const edits = new Map<number, number>();
    const again = (answer: number): void => {
      budget.send(edit(channel, `answer ${answer}`)).then(
        () => {
          edits.set(answer, (edits.get(answer) ?? 0) + 1);
          again(answer);
        },
        () => undefined,
      );
    };
    for (let answer = 0; answer < answers; answer += 1) again(answer);
    return edits;
  }

  test('are spread over the window, shared by the answers of a channel, and leave a reserve', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord);
    const edits = keepEditing(budget, 1, 10);
    await vi.advanceTimersByTimeAsync(60_000);
    const perAnswer = [...edits.values()];
    expect(perAnswer).toHaveLength(10);
    expect(Math.max(...perAnswer) - Math.min(...perAnswer)).toBeLessThanOrEqual(1);
    expect(discord.arrivals.length).toBeGreaterThan(35);
    expect(discord.arrivals.length).toBeLessThanOrEqual(50);
    const final = budget.send(edit(1, 'final', 'final-text'));
    await vi.advanceTimersByTimeAsync(100);
    await final;
    expect(discord.refused429).toBe(0);
    budget.close();
  });

  test('fade out under load and come back by themselves', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord);
    for (let channel = 1; channel <= 30; channel += 1) keepEditing(budget, channel, 1);
    await vi.advanceTimersByTimeAsync(5000);
    const before = discord.arrivals.length;
    expect(before).toBeGreaterThan(80);
    const texts = Promise.all(Array.from({ length: 500 }, (_, i) => budget.send(create(1000 + i))));
    await settled(texts);
    const editsMeanwhile = discord.arrivals.slice(before).filter(({ method }) => method === 'PATCH').length;
    expect(editsMeanwhile).toBeLessThan(15);
    const after = discord.arrivals.length;
    await vi.advanceTimersByTimeAsync(5000);
    expect(discord.arrivals.length - after).toBeGreaterThan(60);
    expect(discord.refused429).toBe(0);
    budget.close();
  });

  test('answers that are complete do not wait for those that still grow while many are worked on', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord, { requestsPerSecond: 20 });
    const done = Array.from({ length: 60 }, () => budget.openAnswer());
    const partial = Promise.all(
      Array.from({ length: 60 }, (_, i) => budget.send(create(100 + i, 'partial', 'partial-text'))),
    );
    await vi.advanceTimersByTimeAsync(300);
    expect(discord.arrivals).toHaveLength(7);
    const complete = Promise.all(
      Array.from({ length: 10 }, (_, i) => budget.send(create(300 + i, 'complete'))),
    );
    await vi.advanceTimersByTimeAsync(100);
    await complete;
    for (const close of done) close();
    await settled(partial);
  });

  test('every-second: nothing is held back before a 429 says so', async () => {
    const discord = new FakeDiscord();
    const budget = createBudget(discord, { edits: 'every-second' });
    keepEditing(budget, 1, 10);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(discord.refused429).toBeGreaterThan(0);
    budget.close();
  });
});

describe('when Discord refuses or fails', () => {
  test('FAULTS 24: an unexpected 429 of a bucket pauses just that bucket', async () => {
    const discord = new FakeDiscord();
    discord.script.push(rateLimited(3000, 'bucket'));
    const budget = createBudget(discord);
    const started = Date.now();
    const paused = budget.send(create(1, 'paused'));
    const other = budget.send(create(2, 'other'));
    await settled(other);
    expect(Date.now() - started).toBeLessThan(100);
    await settled(paused);
    expect(Date.now() - started).toBeGreaterThanOrEqual(3000);
    expect(contents(discord)).toEqual(['paused', 'other', 'paused']);
  });

  test('FAULTS 24: an unexpected global 429 pauses all but interactions', async () => {
    const discord = new FakeDiscord();
    discord.script.push(rateLimited(2000, 'global'));
    const budget = createBudget(discord);
    const first = budget.send(create(1, 'first'));
    await vi.advanceTimersByTimeAsync(50);
    const second = budget.send(create(2, 'second'));
    const exempt = budget.send({
      method: 'GET',
      path: '/webhooks/5/token/messages/@original',
      priority: 'read',
    });
    await vi.advanceTimersByTimeAsync(1000);
    await exempt;
    expect(discord.arrivals).toHaveLength(2);
    await settled(Promise.all([first, second]));
    expect(contents(discord).slice(2)).toEqual(['first', 'second']);
  });

  test('FAULTS 20: a 500 is tried again with the very same body, a create without nonce is not', async () => {
    const discord = new FakeDiscord();
    discord.script.push(failed(), rateLimited(100, 'bucket'), failed());
    const budget = createBudget(discord);
    let text = 'as first sent';
    const result = budget.send({
      ...create(1),
      body: () => ({ json: { content: text, nonce: '1.0', enforce_nonce: true } }),
    });
    await vi.advanceTimersByTimeAsync(30);
    text = 'newer';
    await settled(result);
    expect(contents(discord)).toEqual(Array.from({ length: 4 }, () => 'as first sent'));

    discord.script.push(failed());
    const once = budget.send({ ...create(2), body: () => ({ json: { content: 'no nonce' } }) });
    await expect(settled(once)).rejects.toMatchObject({ code: 'outgoing-failed' });
    discord.script.push(failed(false));
    await settled(budget.send({ ...create(3), body: () => ({ json: { content: 'never sent' } }) }));
  });

  test('an edit that failed is tried again with the newest text', async () => {
    const discord = new FakeDiscord();
    discord.script.push(failed());
    const budget = createBudget(discord);
    let text = 'old';
    const result = budget.send({ ...edit(1, ''), body: () => ({ json: { content: text } }) });
    await vi.advanceTimersByTimeAsync(30);
    text = 'newest';
    await settled(result);
    expect(contents(discord)).toEqual(['old', 'newest']);
  });

  test('FAULTS 20: gives up after the attempts, and after the deadline', async () => {
    const discord = new FakeDiscord();
    discord.script.push(...Array.from({ length: 20 }, () => failed()));
    const budget = createBudget(discord);
    await expect(settled(budget.send(create(1)))).rejects.toMatchObject({
      code: 'outgoing-failed',
      context: { attempts: 5 },
    });
    const limited = { ...create(2), maxAttempts: 20, deadlineMs: 3000 };
    const started = Date.now();
    await expect(settled(budget.send(limited))).rejects.toThrow(SwitchboardError);
    expect(Date.now() - started).toBeLessThan(3100);
  });

  test('FAULTS 24: the breaker opens long before 10,000 invalid requests and closes when they are past', async () => {
    const discord = new FakeDiscord();
    discord.script.push(...Array.from({ length: 40 }, () => refused(403, 50_013)));
    const budget = createBudget(discord, { breakerThreshold: 20 });
    const results = await settled(
      Promise.allSettled(Array.from({ length: 40 }, (_, i) => budget.send(create(i)))),
    );
    const codes = results.map((result) =>
      result.status === 'rejected' ? (result.reason as SwitchboardError).code : 'sent',
    );
    expect(codes.filter((code) => code === 'outgoing-breaker-open').length).toBe(0);
    expect(budget.snapshot()).toMatchObject({ invalidRequests: 40, isBreakerOpen: true });
    await expect(budget.send(create(99))).rejects.toMatchObject({ code: 'outgoing-breaker-open' });
    expect(discord.arrivals).toHaveLength(40);
    discord.script.length = 0;
    await vi.advanceTimersByTimeAsync(630_000);
    await settled(budget.send(create(99)));
  });

  test('FAULTS 24: a 401 is told once and nothing more is sent; one of an interaction’s webhook is not the bot’s', async () => {
    const discord = new FakeDiscord();
    const onUnauthorized = vi.fn();
    const budget = createBudget(discord, { onUnauthorized });
    discord.script.push(refused(401, 50_027), refused(401), refused(401));
    const webhook: OutgoingRequest = { ...create(1), path: '/webhooks/5/token' };
    await expect(settled(budget.send(webhook))).rejects.toMatchObject({ discordCode: 50_027 });
    expect(onUnauthorized).not.toHaveBeenCalled();
    await settled(Promise.allSettled([budget.send(create(1)), budget.send(create(2))]));
    expect(onUnauthorized).toHaveBeenCalledTimes(1);
    await expect(budget.send(create(3))).rejects.toMatchObject({ code: 'outgoing-unauthorized' });
    expect(discord.arrivals).toHaveLength(3);
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
