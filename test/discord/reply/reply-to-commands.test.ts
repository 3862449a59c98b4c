import { describe, expect, test, vi } from 'vitest';
import { refused } from '../outgoing/fake-discord.ts';
import {
  answered,
  channelId,
  createReplyScene,
  finish,
  privately,
  publicly,
  sentence,
  streamText,
} from './reply-scene.ts';

const scene = createReplyScene();

describe('interactions', () => {
  test('the deferred answer is edited, more parts follow, as private as asked', async () => {
    const text = sentence.repeat(100);
    for (const [origin, flags] of [
      [privately, 68],
      [publicly, 4],
    ] as const) {
      scene.start();
      const reply = scene.replies.open(scene.createRun(origin));
      reply.started();
      expect((await finish(reply, answered(text))).delivered).toBe(true);
      expect(scene.messages().map(({ method, path }) => `${method} ${path}`)).toEqual([
        'PATCH /webhooks/5/tok/messages/%40original',
        'POST /webhooks/5/tok',
        'POST /webhooks/5/tok',
      ]);
      expect(scene.messages().map(({ json }) => json.flags)).toEqual([4, flags, flags]);
    }
  });

  test('a public one goes on as a plain message before the token ends', async () => {
    const reply = scene.replies.open(scene.createRun(publicly));
    reply.started();
    await streamText(reply, sentence.repeat(5));
    await vi.advanceTimersByTimeAsync(14.6 * 60_000);
    await finish(reply, answered(sentence.repeat(60)));
    const [edit, create] = scene.messages().slice(-2);
    expect(edit).toMatchObject({
      method: 'PATCH',
      path: expect.stringContaining(`/channels/${channelId}/messages/`) as string,
    });
    expect(create).toMatchObject({ method: 'POST', path: `/channels/${channelId}/messages` });
  });

  test('made once more after its token ended, it is edited in its channel at once', async () => {
    await vi.advanceTimersByTimeAsync(20 * 60_000);
    const replaces = { runId: '1', messageIds: ['77'] };
    const reply = scene.replies.open(scene.createRun(publicly, { replaces }));
    reply.started();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.typings()).toHaveLength(1);
    expect((await finish(reply, answered('hello'))).delivered).toBe(true);
    expect(scene.messages().map(({ path }) => path)).toEqual([`/channels/${channelId}/messages/77`]);
  });

  test('one whose token is refused goes on as a plain message, unless it is private', async () => {
    scene.discord.script.push(refused(404, 10_015));
    const refusedOne = scene.replies.open(scene.createRun(publicly));
    expect((await finish(refusedOne, answered('hello'))).delivered).toBe(true);
    expect(scene.messages().at(-1)?.path).toBe(`/channels/${channelId}/messages`);

    scene.discord.script.push(refused(404, 10_015));
    const privateOne = scene.replies.open(scene.createRun(privately));
    expect(await finish(privateOne, answered('secret'))).toEqual({
      delivered: false,
      isRefused: true,
      messageIds: [],
    });
    expect(scene.messages().at(-1)?.path).toBe('/webhooks/5/tok/messages/%40original');
  });
});

describe('refusals', () => {
  test('one in words for each person in a few seconds, then a reaction', async () => {
    const all = Promise.all([1, 2, 3].map(() => scene.replies.refuse(scene.createRun(), 'Please wait.')));
    await vi.advanceTimersByTimeAsync(1000);
    await all;
    expect(scene.messages().map(({ json }) => json.content)).toEqual(['Please wait.']);
    expect(scene.discord.arrivals.filter(({ path }) => path.includes('/reactions/'))).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(6000);
    const later = scene.replies.refuse(scene.createRun(), 'Please wait again.');
    await vi.advanceTimersByTimeAsync(1000);
    await later;
    expect(scene.messages()).toHaveLength(2);
  });

  test('of a command only the person reads it', async () => {
    const all = Promise.all([
      scene.replies.refuse(scene.createRun(privately), 'No.'),
      scene.replies.refuse(scene.createRun(publicly), 'No.'),
    ]);
    await vi.advanceTimersByTimeAsync(1000);
    await all;
    expect(scene.discord.arrivals.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'DELETE /webhooks/5/tok/messages/%40original',
      'PATCH /webhooks/5/tok/messages/%40original',
      'POST /webhooks/5/tok',
    ]);
    expect(scene.messages().find(({ method }) => method === 'POST')?.json.flags).toBe(68);
  });

  test('FAULTS 7: a flood of them does not take the place of the answers', async () => {
    const refusals = Array.from({ length: 2000 }, (_, i) =>
      scene.replies.refuse(
        {
          ...scene.createRun(undefined, { channelId: `3000000000000${i + 1000}` }),
          requester: { id: `4${i}`, name: 'X' },
        },
        'No.',
      ),
    );
    const started = Date.now();
    await finish(scene.replies.open(scene.createRun()), answered('hello'));
    expect(Date.now() - started).toBeLessThan(5000);
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all(refusals);
    // It does not silence them either, as long as they can be told within some ten seconds.
    const told = scene.messages().filter(({ json }) => json.content === 'No.');
    expect(told.length).toBeGreaterThan(450);
    expect(told.length).toBeLessThan(600);
  });
});
