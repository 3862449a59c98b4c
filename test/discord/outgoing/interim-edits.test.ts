import { describe, expect, test, vi } from 'vitest';
import type { OutgoingBudget } from '../../../src/discord/outgoing/ports.ts';
import { create, createBudget, edit, settled, useFakeClock } from './budget-scene.ts';
import { FakeDiscord } from './fake-discord.ts';

useFakeClock();

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
