import { describe, expect, test } from 'vitest';
import type { SimulatorEvent } from '../../../sandbox/discord/types.ts';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import { createDiscordRest } from '../../../src/discord/outgoing/rest.ts';
import { answersIn, ask, later, startBot } from './live-replies.ts';

describe('against a strict Discord', () => {
  test('FAULTS 24: 100 messages over 25 channels: no 429, none lost, in two of Discord’s seconds', async () => {
    const bot = await startBot({ channels: 25 });
    const createdAt: number[] = [];
    bot.discord.observe(({ type, at }) => {
      if (type === 'rest') createdAt.push(at);
    });
    const deliveries = await Promise.all(
      Array.from({ length: 100 }, (_, i) => {
        const reply = bot.replies.open(ask(bot, i % 25));
        reply.started();
        return reply.finish({ kind: 'answered', text: `Answer ${i}` });
      }),
    );
    expect(deliveries.every(({ delivered }) => delivered)).toBe(true);
    expect(bot.discord.stats.byStatus[429] ?? 0).toBe(0);
    expect(bot.discord.stats.requests).toBe(100);
    expect(bot.discord.stats.peakPerSecond).toBeLessThanOrEqual(50);
    expect(bot.channels.flatMap((id) => answersIn(bot, id))).toHaveLength(100);
    // The first 50 go at once, the others a second later.
    expect(Math.max(...createdAt) - Math.min(...createdAt)).toBeLessThan(2000);
  });

  test('a short answer costs one request: a reply that pings nobody', async () => {
    const bot = await startBot();
    const run = ask(bot);
    const reply = bot.replies.open(run);
    reply.started();
    reply.onEvent({ type: 'text-delta', text: '@everyone hi' });
    const { messageIds } = await reply.finish({ kind: 'answered', text: `@everyone hi <@${bot.userId}>` });
    const [message] = answersIn(bot, run.channelId);
    expect(messageIds).toEqual([message?.id]);
    expect(message?.message_reference?.message_id).toBe(run.id);
    expect(message?.mention_everyone).toBe(false);
    expect(message?.mentions.map(({ id }) => id)).toEqual([]);
    expect(bot.responses.map(({ method, route, status }) => ({ method, route, status }))).toEqual([
      { method: 'POST', route: '/channels/:id/messages', status: 200 },
    ]);
  });

  test('streamed answers of one channel all grow, inside its bucket', async () => {
    const bot = await startBot({ globalRequestsPerSecond: 50 });
    const updates = new Map<string, number>();
    bot.discord.observe((event: SimulatorEvent) => {
      if (event.type !== 'message-update') return;
      updates.set(event.message.id, (updates.get(event.message.id) ?? 0) + 1);
    });
    const count = 3;
    const replies = Array.from({ length: count }, () => bot.replies.open(ask(bot)));
    for (const reply of replies) reply.started();
    let text = '';
    for (const until = Date.now() + 4300; Date.now() < until;) {
      text += 'some more words ';
      for (const reply of replies) reply.onEvent({ type: 'text-delta', text: 'some more words ' });
      await later(40);
    }
    expect([...updates.values()].length).toBe(count);
    const finished = await Promise.all(replies.map((reply) => reply.finish({ kind: 'answered', text })));
    expect(finished.every(({ delivered }) => delivered)).toBe(true);
    expect(bot.discord.stats.byStatus[429] ?? 0).toBe(0);
    for (const { messageIds } of finished) {
      const shown = messageIds
        .map((id) => bot.discord.message(bot.channels[0] ?? '', id)?.content.trim())
        .join(' ');
      expect(shown).toBe(text.trim());
    }
  });

  test('FAULTS 24: an unexpected 429 is waited out', async () => {
    const bot = await startBot();
    bot.discord.faults.rest({
      method: 'POST',
      path: /messages$/,
      status: 429,
      body: { message: 'slow down', retry_after: 0.2, global: false },
      headers: { 'retry-after': '1', 'x-ratelimit-scope': 'shared' },
      times: 2,
    });
    const delivery = await bot.replies.open(ask(bot)).finish({ kind: 'answered', text: 'There.' });
    expect(delivery.delivered).toBe(true);
    expect(bot.budget.snapshot().invalidRequests).toBe(2);
    expect(answersIn(bot, bot.channels[0] ?? '')).toHaveLength(1);
  });

  test('FAULTS 22: an answer is delivered when Discord is back', async () => {
    const bot = await startBot();
    bot.discord.faults.rest({ path: /messages/, status: 503, times: 3 });
    const delivery = await bot.replies.open(ask(bot)).finish({ kind: 'answered', text: 'Back.' });
    expect(delivery.delivered).toBe(true);
    expect(answersIn(bot, bot.channels[0] ?? '')).toHaveLength(1);
  });

  test('FAULTS 23: a deleted question is answered without the reference, a closed channel not at all', async () => {
    const bot = await startBot();
    const run = ask(bot);
    bot.discord.people.deleteMessage(bot.userId, run.id);
    expect((await bot.replies.open(run).finish({ kind: 'answered', text: 'Still.' })).delivered).toBe(true);
    expect(answersIn(bot, run.channelId)[0]?.message_reference).toBeUndefined();
    bot.discord.people.setBotPermissions(run.channelId, { deny: 1n << 11n });
    const before = bot.discord.stats.requests;
    for (let i = 0; i < 3; i += 1) {
      const delivery = await bot.replies.open(ask(bot)).finish({ kind: 'answered', text: 'No.' });
      expect(delivery).toEqual({ delivered: false, isClosed: true, messageIds: [] });
    }
    expect(bot.discord.stats.requests - before).toBe(1);
  });

  test('a very long answer comes as a file', async () => {
    const bot = await startBot();
    const text = 'A long answer has many words. '.repeat(400);
    const { messageIds } = await bot.replies.open(ask(bot)).finish({ kind: 'answered', text });
    const message = bot.discord.message(bot.channels[0] ?? '', messageIds[0] ?? '');
    expect(messageIds).toHaveLength(1);
    expect(message?.attachments[0]).toMatchObject({ filename: 'answer.md', size: text.length });
    const file = await fetch(message?.attachments[0]?.url ?? '');
    expect(await file.text()).toBe(text);
  });

  test('FAULTS 24: a token that is not valid is told once', async () => {
    const discord = await startDiscord();
    let told = 0;
    const rest = createDiscordRest({ token: 'wrong', apiUrl: discord.apiUrl });
    const budget = createOutgoingBudget({
      sender: rest,
      requestsPerSecond: 50,
      onUnauthorized: () => (told += 1),
    });
    const requests = [1, 2].map(() =>
      budget.send({ method: 'GET', path: '/channels/123456789012345678', priority: 'read' }),
    );
    const results = await Promise.allSettled(requests);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(told).toBe(1);
    budget.close();
    await discord.stop();
  });
});
