import { expect, test, vi } from 'vitest';
import type { Reply } from '../../../src/runs/ports.ts';
import { answered, createReplyScene, finish, streamText } from './reply-scene.ts';

const scene = createReplyScene();

/** Far below what is shown without waiting. */
const short = 'One, two, three, four, five, six, seven.';
const token = 5;

/** Answers that are asked for at once, each in a channel of its own. */
function openMany(count: number): Reply[] {
  return Array.from({ length: count }, (_, index) => {
    const reply = scene.replies.open(
      scene.createRun(undefined, { channelId: `2000000000000001${String(index).padStart(2, '0')}` }),
    );
    reply.started();
    return reply;
  });
}

test('alone, some words show within 100 ms of the first, and the answer is whole at its end', async () => {
  const [reply] = openMany(1);
  if (!reply) return;
  await vi.advanceTimersByTimeAsync(300);
  const firstTokenAt = Date.now();
  await streamText(reply, short, token, 30);
  expect((await finish(reply, answered(short))).delivered).toBe(true);
  const [first] = scene.messages();
  expect((first?.at ?? Infinity) - firstTokenAt).toBeLessThanOrEqual(100);
  expect(first?.json.content.length).toBeGreaterThan(token);
  expect(scene.messages().at(-1)?.json.content).toBe(short);
});

test('in a crowd each answer that is complete soon costs one request', async () => {
  const replies = openMany(60);
  for (let at = 0; at < short.length; at += token) {
    const text = short.slice(at, at + token);
    for (const reply of replies) reply.onEvent({ type: 'text-delta', text });
    await vi.advanceTimersByTimeAsync(40);
  }
  const finished = Promise.all(replies.map((reply) => reply.finish(answered(short))));
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await finished).every(({ delivered }) => delivered)).toBe(true);
  expect(scene.messages()).toHaveLength(replies.length);
  expect(scene.discord.refused429).toBe(0);
});

test('the less there is to spare, the later the first words of an answer that goes on', async () => {
  const waits: number[] = [];
  for (const count of [1, 30, 40, 60]) {
    scene.start();
    const replies = openMany(count);
    const startedAt = Date.now();
    replies[0]?.onEvent({ type: 'text-delta', text: 'Well, ' });
    await vi.advanceTimersByTimeAsync(1_000);
    waits.push((scene.messages()[0]?.at ?? Infinity) - startedAt);
    await Promise.all(replies.map((reply) => finish(reply, answered('Well, no.'))));
  }
  expect(waits).toEqual(waits.toSorted((one, other) => one - other));
  expect(waits.at(0)).toBeLessThanOrEqual(100);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(400);
  expect(waits.at(-1)).toBeLessThan(500);
});

test('when the crowd is gone, first words are quick again', async () => {
  const crowd = openMany(60).map((reply) => reply.finish(answered('Done.')));
  await vi.advanceTimersByTimeAsync(5_000);
  await Promise.all(crowd);
  const before = scene.messages().length;
  const [reply] = openMany(1);
  const startedAt = Date.now();
  reply?.onEvent({ type: 'text-delta', text: 'Well, ' });
  await vi.advanceTimersByTimeAsync(1_000);
  expect((scene.messages()[before]?.at ?? Infinity) - startedAt).toBeLessThanOrEqual(100);
});

test('FAULTS 7: while the event loop is late, first words wait as in a crowd', async () => {
  scene.start({ loopDelayMs: () => 20 });
  const [reply] = openMany(1);
  const startedAt = Date.now();
  reply?.onEvent({ type: 'text-delta', text: 'Well, ' });
  await vi.advanceTimersByTimeAsync(1_000);
  expect((scene.messages()[0]?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(400);
});
