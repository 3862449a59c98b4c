import { describe, expect, test, vi } from 'vitest';
import type { OutgoingRequest, SendResult } from '../../../src/discord/outgoing/outgoing-request.ts';
import { SwitchboardError } from '../../../src/errors.ts';
import { contents, create, createBudget, edit, settled, useFakeClock } from './budget-scene.ts';
import { FakeDiscord, failed, rateLimited, refused } from './fake-discord.ts';

useFakeClock();

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

  test('FAULTS 24: a 403 that is not Discord’s own counts as invalid, and is tried again', async () => {
    const discord = new FakeDiscord();
    discord.script.push(
      { ...failed(), status: 403 } as SendResult,
      { ...failed(), status: 404 } as SendResult,
    );
    const budget = createBudget(discord);
    await settled(budget.send(create(1)));
    expect(discord.arrivals).toHaveLength(3);
    expect(budget.snapshot().invalidRequests).toBe(1);
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
