import { afterEach, describe, expect, test, vi } from 'vitest';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import type { SimulatedDiscord, SimulatorEvent, SimulatorOptions } from '../../../sandbox/discord/types.ts';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import type { OutgoingBudget } from '../../../src/discord/outgoing/ports.ts';
import { createDiscordRest } from '../../../src/discord/outgoing/rest.ts';
import type { RestResponse } from '../../../src/discord/outgoing/rest.ts';
import { createReplyFactory } from '../../../src/discord/reply/reply.ts';
import { createLog } from '../../../src/observability/log.ts';
import type { ReplyFactory } from '../../../src/runs/ports.ts';
import type { Run } from '../../../src/runs/run.ts';

interface Bot {
  readonly discord: SimulatedDiscord;
  readonly budget: OutgoingBudget;
  readonly replies: ReplyFactory;
  readonly responses: RestResponse[];
  readonly userId: string;
  readonly channels: readonly string[];
}

const open: Bot[] = [];

afterEach(async () => {
  for (const { budget, discord } of open.splice(0)) {
    budget.close();
    await discord.stop();
  }
});

async function startBot(
  options: SimulatorOptions & { channels?: number; timeoutMs?: number; now?: () => number } = {},
): Promise<Bot> {
  const discord = await startDiscord({ rateLimits: 'strict', ...options });
  const user = discord.people.addUser({ name: 'Ann' });
  const guild = discord.people.addGuild({ name: 'Guild', ownerId: user.id, withBot: true });
  const channels = Array.from({ length: options.channels ?? 1 }, (_, i) => {
    return discord.people.addChannel(guild.id, { name: `channel-${i}` }).id;
  });
  const responses: RestResponse[] = [];
  const rest = createDiscordRest({
    token: discord.token,
    apiUrl: discord.apiUrl,
    timeoutMs: options.timeoutMs ?? 3000,
    onResponse: (response) => responses.push(response),
  });
  const budget = createOutgoingBudget({
    sender: rest,
    requestsPerSecond: options.globalRequestsPerSecond ?? 50,
  });
  const replies = createReplyFactory({
    budget,
    applicationId: () => discord.applicationId,
    botUserId: () => discord.botUserId,
    ...(options.now && { now: options.now }),
    log: createLog({ level: 'silent', secrets: [] }),
    timings: { firstTextDelayMs: 60, editIntervalMs: 100 },
  });
  const bot = { discord, budget, replies, responses, userId: user.id, channels };
  open.push(bot);
  return bot;
}

function ask({ discord, userId, channels }: Bot, channel = 0): Run {
  const channelId = channels[channel] ?? '';
  const { id } = discord.people.say(userId, channelId, `<@${discord.botUserId}> hello`);
  return {
    version: 1,
    id,
    createdAt: Date.now(),
    conversationId: id,
    audience: { kind: 'private', userId },
    guildId: null,
    channelId,
    requester: { id: userId, name: 'Ann' },
    origin: { kind: 'message', messageId: id },
    prompt: { text: 'hello', quotes: [], attachments: [] },
    model: null,
    replaces: null,
  };
}

function answersIn({ discord }: Bot, channelId: string) {
  return discord.messages(channelId).filter(({ author }) => author.id === discord.botUserId);
}

/** Edits of one question are never of one millisecond. */
let lastEdit = 0;

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('against a strict Discord', () => {
  test('FAULTS 24: 100 messages over 25 channels: no 429, none lost, the limit used to 90 %', async () => {
    const bot = await startBot({ channels: 25 });
    const startedAt = performance.now();
    const deliveries = await Promise.all(
      Array.from({ length: 100 }, (_, i) => {
        const reply = bot.replies.open(ask(bot, i % 25));
        reply.started();
        return reply.finish({ kind: 'answered', text: `Answer ${i}` });
      }),
    );
    const tookMs = performance.now() - startedAt;
    expect(deliveries.every(({ delivered }) => delivered)).toBe(true);
    expect(bot.discord.stats.byStatus[429] ?? 0).toBe(0);
    expect(bot.discord.stats.requests).toBe(100);
    expect(bot.discord.stats.peakPerSecond).toBeLessThanOrEqual(50);
    expect(bot.channels.flatMap((id) => answersIn(bot, id))).toHaveLength(100);
    // The first 50 go at once, the others a second later.
    expect(tookMs).toBeLessThan(1000 / 0.9 + 400);
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

  test('taken up again after its message was removed, it ends', async () => {
    const bot = await startBot();
    const run = ask(bot);
    const { messageIds } = await bot.replies.open(run).finish({ kind: 'answered', text: 'One.' });
    await bot.replies.remove(run, messageIds);
    const reply = bot.replies.open(run, { standing: messageIds });
    expect((await reply.finish({ kind: 'answered', text: 'Two.' })).isRefused).toBe(true);
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
      expect(delivery).toEqual({ delivered: false, isRefused: true, messageIds: [] });
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
