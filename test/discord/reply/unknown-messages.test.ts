import { SnowflakeUtil } from 'discord.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import type { SendResult } from '../../../src/discord/outgoing/outgoing-request.ts';
import { createReplyFactory } from '../../../src/discord/reply/reply.ts';
import { createLog } from '../../../src/observability/log.ts';
import type { Delivery } from '../../../src/runs/ports.ts';
import type { Run } from '../../../src/runs/run.ts';
import { failed, FakeDiscord } from '../outgoing/fake-discord.ts';
import { replySurroundings } from './reply-surroundings.ts';

const botUserId = '5';
const text = 'A sentence of an answer that is long. '.repeat(70);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function createScene({ isPrivate = false, messageId = '' } = {}) {
  const discord = new FakeDiscord();
  const replies = createReplyFactory({
    ...replySurroundings(),
    budget: createOutgoingBudget({ sender: discord, requestsPerSecond: 50 }),
    applicationId: () => '6',
    botUserId: () => botUserId,
    log: createLog({ level: 'silent', secrets: [] }),
  });
  const id = String(SnowflakeUtil.generate());
  const run: Run = {
    version: 1,
    id,
    createdAt: Date.now(),
    conversationId: 'c',
    audience: { kind: 'private', userId: '1' },
    guildId: null,
    channelId: '7',
    requester: { id: '1', name: 'Ann' },
    origin: messageId
      ? { kind: 'message', messageId }
      : { kind: 'interaction', interactionId: id, token: 'tok', isPrivate },
    prompt: { text: 'Tell.', quotes: [], attachments: [] },
    model: null,
    replaces: null,
  };
  const finish = async (standing?: readonly string[]): Promise<Delivery> => {
    const reply = replies.open(run, standing ? { standing } : {});
    const delivery = reply.finish({ kind: 'answered', text });
    await vi.advanceTimersByTimeAsync(30_000);
    return delivery;
  };
  /** Its question was deleted. */
  const vanish = async (): Promise<Delivery> => {
    const delivery = replies
      .open(run, { standing: [] })
      .finish({ kind: 'cancelled', text: '', by: 'deleted' });
    await vi.advanceTimersByTimeAsync(90_000);
    return delivery;
  };
  const sent = (): string[] => discord.arrivals.map(({ method, path }) => `${method} ${path}`);
  return { discord, finish, vanish, sent };
}

const ok = (data: unknown): SendResult => ({ kind: 'ok', data, limits: undefined });
const message = (id: string, content: string) => ({ id, content, author: { id: botUserId } });

test('FAULTS 20: a follow-up of a command has no nonce: whether it came is read in the channel, and it is not sent twice', async () => {
  const { discord, finish, sent } = createScene();
  discord.script.push(ok({ id: '900' }), failed());
  const first = await finish();
  expect(first).toEqual({ delivered: false, messageIds: ['900'] });
  const lost = String((discord.arrivals.at(-1)?.json as { content: unknown }).content);
  const others = [message('901', 'Words of another answer, which is not this one.'), message('902', lost)];
  discord.script.push(ok([...others, message('900', '')]));
  expect(await finish(first.messageIds)).toEqual({ delivered: true, messageIds: ['900', '902'] });
  expect(sent()).toEqual([
    'PATCH /webhooks/6/tok/messages/%40original',
    'POST /webhooks/6/tok',
    'GET /channels/7/messages',
    'PATCH /webhooks/6/tok/messages/%40original',
    'PATCH /webhooks/6/tok/messages/902',
  ]);
});

test('FAULTS 21: a follow-up that did not come is sent again', async () => {
  const { discord, finish, sent } = createScene();
  discord.script.push(ok({ id: '900' }), failed());
  const { messageIds } = await finish();
  discord.script.push(ok([message('900', '')]));
  expect((await finish(messageIds)).delivered).toBe(true);
  expect(sent().filter((request) => request === 'POST /webhooks/6/tok')).toHaveLength(2);
});

test('FAULTS 20: a private follow-up that may have come is not sent again: the whole answer comes as a file, where it is sure', async () => {
  const { discord, finish, sent } = createScene({ isPrivate: true });
  discord.script.push(ok({ id: '900' }), failed());
  const first = await finish();
  expect(first).toEqual({ delivered: false, messageIds: ['900'] });
  expect(await finish(first.messageIds)).toEqual({ delivered: true, messageIds: ['900'] });
  expect(sent()).toEqual([
    'PATCH /webhooks/6/tok/messages/%40original',
    'POST /webhooks/6/tok',
    'PATCH /webhooks/6/tok/messages/%40original',
  ]);
  const { attachments } = discord.arrivals.at(-1)?.json as { attachments: unknown };
  expect(attachments).toEqual([{ id: 0, filename: 'answer.md' }]);
});

test('a private answer that nothing was shown of yet comes in as many messages as it needs', async () => {
  const { finish, sent } = createScene({ isPrivate: true });
  expect((await finish([])).delivered).toBe(true);
  expect(sent().filter((request) => request === 'POST /webhooks/6/tok')).toHaveLength(1);
});

test('FAULTS 20: what an earlier process may have shown is looked for at once where nothing of it is to stay', async () => {
  const { discord, vanish, sent } = createScene({ messageId: '77' });
  discord.script.push(failed());
  expect(await vanish()).toEqual({ delivered: false, messageIds: [] });
  discord.arrivals.length = 0;
  discord.script.push(ok([{ ...message('900', 'a beginning'), message_reference: { message_id: '77' } }]));
  expect((await vanish()).delivered).toBe(true);
  expect(sent().map((request) => request.replace(/\?.*/, ''))).toEqual([
    'GET /channels/7/messages',
    'DELETE /channels/7/messages/900',
  ]);
});
