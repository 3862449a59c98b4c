import { describe, expect, test, vi } from 'vitest';
import type { Run } from '../../../src/runs/run.ts';
import { answersIn, ask, later, startBot } from './live-replies.ts';

/** Edits of one question are never of one millisecond. */
let lastEdit = 0;

describe('what may stand there already is not posted twice', () => {
  test('FAULTS 20: a 500, a reset or silence after the effect does not post twice', async () => {
    for (const fault of [{ status: 500 }, { kind: 'reset' }, { kind: 'hang' }] as const) {
      const bot = await startBot({ timeoutMs: 300 });
      bot.discord.faults.rest({ method: 'POST', path: /messages$/, afterEffect: true, times: 1, ...fault });
      const delivery = await bot.replies.open(ask(bot)).finish({ kind: 'answered', text: 'Once.' });
      expect(delivery.delivered).toBe(true);
      const answers = answersIn(bot, bot.channels[0] ?? '');
      expect(answers.map(({ id }) => id)).toEqual(delivery.messageIds);
      expect(bot.responses.length).toBeGreaterThanOrEqual(2);
    }
  });

  test('FAULTS 20, 21: taken up again with some of its messages unknown, it makes none of them twice', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const run = ask(bot);
    const begun = { kind: 'answered', text: 'A line that was begun.\n'.repeat(150) } as const;
    const ended = { kind: 'answered', text: 'A line that has ended.\n'.repeat(150) } as const;
    const { messageIds } = await bot.replies.open(run).finish(begun);
    expect(messageIds.length).toBeGreaterThan(1);
    for (const known of [0, 1, messageIds.length]) {
      const reply = bot.replies.open(run, { standing: messageIds.slice(0, known) });
      const text = `${ended.text}${known}`;
      expect(await reply.finish({ kind: 'answered', text })).toEqual({ delivered: true, messageIds });
      const answers = answersIn(bot, run.channelId);
      expect(answers.map(({ id }) => id)).toEqual(messageIds);
      expect(answers.map(({ content }) => content).join('\n')).toBe(text);
    }
  });

  test('FAULTS 20: taken up again when its nonces are forgotten, the channel is read, and nothing is made twice', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const [run, other] = [ask(bot), ask(bot)];
    const line = (who: string) => `A line of ${who}, of some length.\n`;
    const begun = await bot.replies.open(run).finish({ kind: 'answered', text: line('one').repeat(90) });
    await bot.replies.open(other).finish({ kind: 'answered', text: line('two').repeat(150) });
    expect(begun.messageIds).toHaveLength(2);
    const before = answersIn(bot, run.channelId).map(({ id }) => id);
    const text = line('one').repeat(110);
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 });
      bot.discord.faults.rest({ method: 'GET', path: /messages/, kind: 'reset', times: 5 });
      const early = await bot.replies.open(run, { standing: [] }).finish({ kind: 'answered', text });
      expect(early).toEqual({ delivered: false, messageIds: [] });
      for (const known of [0, 1, 2]) {
        const reply = bot.replies.open(run, { standing: begun.messageIds.slice(0, known) });
        reply.started();
        reply.onEvent({ type: 'text-delta', text: line('one').repeat(80) });
        await later(150);
        expect(await reply.finish({ kind: 'answered', text })).toEqual({
          delivered: true,
          messageIds: begun.messageIds,
        });
      }
    } finally {
      vi.useRealTimers();
    }
    expect(answersIn(bot, run.channelId).map(({ id }) => id)).toEqual(before);
    const shown = begun.messageIds.map((id) => bot.discord.message(run.channelId, id)?.content);
    expect(shown.join('\n').trim()).toBe(text.trim());
  });

  test('FAULTS 20: taken up again after much was said since, the answer is found beyond the first page', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const run = ask(bot);
    const say = (): unknown => bot.discord.people.say(bot.userId, run.channelId, 'chat');
    for (let count = 0; count < 150; count += 1) say();
    const { messageIds } = await bot.replies.open(run).finish({ kind: 'answered', text: 'Once.' });
    for (let count = 0; count < 150; count += 1) say();
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 });
      const again = bot.replies.open(run, { standing: [] });
      expect(await again.finish({ kind: 'answered', text: 'Once.' })).toEqual({
        delivered: true,
        messageIds,
      });
    } finally {
      vi.useRealTimers();
    }
    expect(answersIn(bot, run.channelId)).toHaveLength(1);
  });

  test('FAULTS 20: taken up again in a thread of its own, where it is no reply, an answer is not made twice', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const asked = ask(bot);
    bot.discord.people.startThread(bot.userId, asked.channelId, { messageId: asked.id, name: 'Tea' });
    const run: Run = { ...asked, channelId: asked.id };
    const text = 'A line of some length.\n'.repeat(100);
    const { messageIds } = await bot.replies.open(run).finish({ kind: 'answered', text });
    expect(messageIds).toHaveLength(2);
    const second = bot.discord.people.say(bot.userId, run.channelId, 'And then?').id;
    const next: Run = { ...run, id: second, origin: { kind: 'message', messageId: second } };
    const other = await bot.replies.open(next).finish({ kind: 'answered', text });
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 });
      for (const known of [0, 1]) {
        const again = bot.replies.open(run, { standing: messageIds.slice(0, known) });
        expect(await again.finish({ kind: 'answered', text })).toEqual({ delivered: true, messageIds });
      }
    } finally {
      vi.useRealTimers();
    }
    const ids = answersIn(bot, run.channelId).map(({ id }) => id);
    expect(ids).toEqual([...messageIds, ...other.messageIds]);
  });

  test('FAULTS 21: a part of another answer with the same words is left to that answer', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const [one, other] = [ask(bot), ask(bot)];
    const text = 'A line that two answers have.\n'.repeat(90);
    const ofOne = await bot.replies.open(one).finish({ kind: 'answered', text });
    const [begun = '', missing = ''] = ofOne.messageIds.map(
      (id) => bot.discord.message(one.channelId, id)?.content ?? '',
    );
    expect(missing).not.toBe('');
    const { messageIds: standing } = await bot.replies.open(other).finish({ kind: 'answered', text: begun });
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 });
      const whole = await bot.replies.open(other, { standing }).finish({ kind: 'answered', text });
      expect(whole.delivered).toBe(true);
      expect(whole.messageIds).toHaveLength(2);
      expect(whole.messageIds[0]).toBe(standing[0]);
    } finally {
      vi.useRealTimers();
    }
    const shown = answersIn(bot, one.channelId).map(({ content }) => content);
    expect(shown).toEqual([begun, missing, begun, missing]);
  });

  test('FAULTS 27: a refusal that was told is not told again minutes later by the next process; one that was not is', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const [told, untold] = [ask(bot), ask(bot)];
    await bot.replies.refuse(told, 'Too many.');
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 });
      // A Discord that remembers no nonce for so long.
      const late = (run: Run): Run => ({ ...run, id: String(BigInt(run.id) + 1n) });
      await bot.replies.refuse(late(told), 'Too many.', true);
      await bot.replies.refuse({ ...late(untold), requester: { id: '7', name: 'Ben' } }, 'Too many.', true);
    } finally {
      vi.useRealTimers();
    }
    const replies = answersIn(bot, told.channelId).map((message) => message.message_reference?.message_id);
    expect(replies).toEqual([told.id, untold.id]);
    expect(bot.discord.reactions(told.id)).toEqual([]);
  });

  test('FAULTS 20: answered anew and anew, a part that had gone is made again, even with words of before', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const asked = ask(bot);
    let { messageIds } = await bot.replies.open(asked).finish({ kind: 'answered', text: 'Short.' });
    for (const [count, question] of [
      [110, 'B'],
      [1, 'A'],
      [110, 'B'],
    ] as const) {
      const run: Run = {
        ...asked,
        createdAt: asked.createdAt + (lastEdit += 1),
        prompt: { ...asked.prompt, text: question },
        replaces: { runId: asked.id, messageIds: [...messageIds] },
      };
      const text = 'A line that comes again.\n'.repeat(count);
      const delivery = await bot.replies.open(run).finish({ kind: 'answered', text });
      expect(delivery.delivered).toBe(true);
      ({ messageIds } = delivery);
      const answers = answersIn(bot, run.channelId);
      expect(answers.map(({ id }) => id)).toEqual(messageIds);
      expect(
        answers
          .map(({ content }) => content)
          .join('\n')
          .trim(),
      ).toBe(text.trim());
    }
  });

  test('FAULTS 23: taken up again long after its message was removed by hand, an answer is not shown again', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const run = ask(bot);
    const { messageIds } = await bot.replies.open(run).finish({ kind: 'answered', text: 'One.' });
    await bot.replies.remove(run, messageIds);
    // A Discord that no longer remembers the nonce.
    const reply = bot.replies.open({ ...run, id: String(BigInt(run.id) + 1n) }, { standing: messageIds });
    const delivery = await reply.finish({ kind: 'answered', text: 'Two.' });
    expect(delivery).toMatchObject({ delivered: false, isRefused: true, isRemoved: true });
    expect(answersIn(bot, run.channelId)).toEqual([]);
  });

  test('taken up again after its message was removed, it ends', async () => {
    const bot = await startBot();
    const run = ask(bot);
    const { messageIds } = await bot.replies.open(run).finish({ kind: 'answered', text: 'One.' });
    await bot.replies.remove(run, messageIds);
    const reply = bot.replies.open(run, { standing: messageIds });
    expect((await reply.finish({ kind: 'answered', text: 'Two.' })).isRefused).toBe(true);
  });
});
