import { describe, expect, test, vi } from 'vitest';
import { answered, createReplyScene, finish, publicly, sentence, streamText } from './reply-scene.ts';

const scene = createReplyScene();

describe('typing', () => {
  test('FAULTS 25: shows while nothing is visible, about every 8 s, and never after the first text or the end', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.waiting(2);
    await vi.advanceTimersByTimeAsync(9000);
    reply.started();
    await vi.advanceTimersByTimeAsync(9000);
    expect(scene.typings()).toHaveLength(3);
    const firstTextAt = Date.now();
    await streamText(reply, sentence.repeat(20), 10, 200);
    await finish(reply, answered(sentence.repeat(20)));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(scene.typings().every((at) => at < firstTextAt)).toBe(true);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  test('FAULTS 10, 25: a run whose question is deleted, waiting or at work, stops typing', async () => {
    const [waiting, working] = [scene.replies.open(scene.createRun()), scene.replies.open(scene.createRun())];
    waiting.waiting(1);
    working.started();
    await vi.advanceTimersByTimeAsync(9000);
    const before = scene.typings().length;
    expect(before).toBeGreaterThan(0);
    const deleted = { kind: 'cancelled', text: '', by: 'deleted' } as const;
    await Promise.all([finish(waiting, deleted), finish(working, deleted)]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(scene.typings()).toHaveLength(before);
    expect(scene.messages()).toEqual([]);
  });

  test('many runs of a channel share one call; a quick answer needs none', async () => {
    const open = Array.from({ length: 5 }, () => scene.replies.open(scene.createRun()));
    for (const reply of open) reply.started();
    await vi.advanceTimersByTimeAsync(1000);
    expect(scene.typings()).toHaveLength(1);
    await Promise.all(open.map((reply) => finish(reply, answered('done'))));
    const quick = scene.replies.open(scene.createRun(undefined, { channelId: '200000000000000009' }));
    quick.started();
    await vi.advanceTimersByTimeAsync(100);
    await finish(quick, answered('quick'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(scene.typings()).toHaveLength(1);
  });

  test('FAULTS 25: an answer waits for the typing call that is on its way', async () => {
    scene.discord.travelMs = () => 100;
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await vi.advanceTimersByTimeAsync(510);
    await finish(reply, answered('done'));
    const [typing, answer] = scene.discord.arrivals;
    expect(typing?.path).toContain('/typing');
    expect(answer?.at).toBeGreaterThanOrEqual((typing?.at ?? 0) + 100);
  });

  test('an interaction, which shows by itself that the bot thinks, needs none', async () => {
    const reply = scene.replies.open(scene.createRun(publicly));
    reply.started();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(scene.discord.arrivals).toHaveLength(0);
    await finish(reply, answered('done'));
  });
});

describe('while it waits', () => {
  test('somebody far back is told their place; the answer takes its place', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.waiting(14);
    await vi.advanceTimersByTimeAsync(4000);
    expect(scene.messages()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(scene.messages().map(({ json }) => json.content)).toEqual(['You are number 14 in line.']);
    reply.waiting(3);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(scene.messages().at(-1)).toMatchObject({
      method: 'PATCH',
      json: { content: 'You are number 3 in line.' },
    });
    reply.started();
    await finish(reply, answered('Here you are.'));
    expect(scene.messages().at(-1)).toMatchObject({ method: 'PATCH', json: { content: 'Here you are.' } });
    expect(scene.messages().filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('somebody near the front is not', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.waiting(9);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(scene.messages()).toHaveLength(0);
    await finish(reply, { kind: 'cancelled', text: '', by: 'requester' });
    expect(scene.messages()).toHaveLength(0);
  });
});

test('the host’s clock is set back by an hour: an answer goes on growing, and its typing showed', async () => {
  const reply = scene.replies.open(scene.createRun());
  reply.started();
  await vi.advanceTimersByTimeAsync(1_000);
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(scene.typings()).toHaveLength(2);
  await streamText(reply, sentence.repeat(4));
  vi.setSystemTime(Date.now() - 3_600_000);
  await streamText(reply, sentence.repeat(20));
  expect(scene.messages().length).toBeGreaterThan(3);
  await finish(reply, answered(sentence.repeat(24)));
});
