import { describe, expect, test, vi } from 'vitest';
import type { SendResult } from '../../../src/discord/outgoing/outgoing-request.ts';
import { failed, refused } from '../outgoing/fake-discord.ts';
import { answered, channelId, createReplyScene, finish, sentence, streamText } from './reply-scene.ts';

const scene = createReplyScene();

describe('when Discord refuses or fails', () => {
  test('FAULTS 20: a create whose answer was lost is sent again with the same nonce and text', async () => {
    scene.discord.script.push(failed());
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    expect((await finish(reply, answered('Once.'))).delivered).toBe(true);
    const [first, second] = scene.messages();
    expect(second?.json).toEqual(first?.json);
  });

  test('FAULTS 21: only the part that is missing is sent again', async () => {
    const ok: SendResult = { kind: 'ok', data: { id: '900' }, limits: undefined };
    scene.discord.script.push(ok, failed(), failed());
    const run = scene.createRun();
    const reply = scene.replies.open(run);
    expect((await finish(reply, answered(sentence.repeat(60)))).delivered).toBe(true);
    const nonces = scene.messages().map(({ json }) => json.nonce?.slice(-1));
    expect(nonces).toEqual(['0', '1', '1', '1']);
  });

  test('FAULTS 22: an answer is kept while Discord is down and delivered when it is back', async () => {
    scene.discord.script.push(...Array.from({ length: 10 }, () => failed()));
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, sentence.repeat(10));
    expect((await finish(reply, answered(sentence.repeat(10)), 120_000)).delivered).toBe(true);
    expect(scene.messages().at(-1)?.json.content).toBe(sentence.repeat(10));
  });

  test('FAULTS 22: what cannot be delivered ends all the same', async () => {
    scene.discord.script.push(...Array.from({ length: 100 }, () => failed()));
    const reply = scene.replies.open(scene.createRun());
    const delivery = await finish(reply, answered('hello'), 200_000);
    expect(delivery).toEqual({ delivered: false, messageIds: [] });
  });

  test('FAULTS 23: where the message cannot be referred to, the answer comes without the reference', async () => {
    for (const code of [10_008, 160_002, 50_035]) {
      scene.discord.script.push(refused(400, code));
      const reply = scene.replies.open(scene.createRun());
      expect((await finish(reply, answered('hello'))).delivered).toBe(true);
      expect(scene.messages().at(-1)?.json.message_reference).toBeUndefined();
    }
  });

  test('FAULTS 23: a refusal of another kind than those that are known costs the reference, not the answer', async () => {
    for (const [status, code] of [
      [404, 0],
      [404, 10_017],
      [400, 0],
    ] as const) {
      scene.start();
      scene.discord.script.push(refused(status, code));
      const reply = scene.replies.open(scene.createRun());
      expect((await finish(reply, answered('hello'))).delivered).toBe(true);
      expect(scene.messages().at(-1)?.json.message_reference).toBeUndefined();
    }
    scene.start();
    scene.discord.script.push(refused(400, 240_000), refused(400, 240_000));
    const delivery = await finish(scene.replies.open(scene.createRun()), answered('a bad link'));
    expect(delivery).toMatchObject({ delivered: false, isRefused: true });
    expect(scene.messages()).toHaveLength(2);
  });

  test('FAULTS 23: in a thread under its own question an answer refers to no message, which would be of another channel', async () => {
    const run = scene.createRun();
    const reply = scene.replies.open({ ...run, channelId: run.id });
    expect((await finish(reply, answered('hello'))).delivered).toBe(true);
    expect(scene.messages().map(({ json }) => json.message_reference)).toEqual([undefined]);
  });

  test('FAULTS 23: an archived thread is woken', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, sentence.repeat(4));
    await vi.advanceTimersByTimeAsync(3000);
    scene.discord.script.push(refused(400, 50_083));
    const text = `${sentence.repeat(4)}And the end.`;
    expect((await finish(reply, answered(text))).delivered).toBe(true);
    expect(scene.discord.arrivals.at(-2)).toMatchObject({
      method: 'PATCH',
      path: `/channels/${channelId}`,
      json: { archived: false },
    });
  });

  test('FAULTS 23: where the bot may not speak there is one attempt, one outcome, and silence for a while', async () => {
    for (const code of [50_001, 50_013, 10_003, 160_005]) {
      scene.start();
      scene.discord.script.push(refused(403, code));
      const reply = scene.replies.open(scene.createRun());
      reply.started();
      await streamText(reply, sentence.repeat(10));
      expect(await finish(reply, answered(sentence.repeat(10)))).toEqual({
        delivered: false,
        ...(code === 10_003 ? { isRefused: true } : { isClosed: true }),
        messageIds: [],
      });
      expect(scene.messages()).toHaveLength(1);
      const next = scene.replies.open(scene.createRun());
      next.started();
      await vi.advanceTimersByTimeAsync(10_000);
      expect((await finish(next, answered('again'))).delivered).toBe(false);
      await scene.replies.refuse(scene.createRun(), 'No.');
      expect(scene.messages()).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(300_000);
      expect((await finish(scene.replies.open(scene.createRun()), answered('later'))).delivered).toBe(true);
    }
  });

  test('FAULTS 23: an answer that somebody removed is not posted anew', async () => {
    const reply = scene.replies.open(scene.createRun());
    reply.started();
    await streamText(reply, sentence.repeat(5));
    scene.discord.script.push(refused(404, 10_008));
    const delivery = await finish(reply, answered(sentence.repeat(6)));
    expect(delivery.delivered).toBe(false);
    expect(scene.messages().filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});
