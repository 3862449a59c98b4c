import { describe, expect, test } from 'vitest';
import { answersIn, ask, later, startBot } from './live-replies.ts';

const sentence = 'This is a sentence of an answer that goes on. ';

/** What stands before Discord says by itself: no JSON of Discord, or that it took too long. */
const PASSING = [
  { status: 403, body: '<html>error 1020</html>' },
  { status: 404, body: '<html>not here</html>' },
  { status: 400, body: '' },
  { status: 403, body: { error: 'blocked' } },
  { status: 408, body: { message: 'Request timeout', code: 0 } },
] as const;

const [proxy] = PASSING;

/** An answer whose first words stand there. */
async function beginAnswer() {
  const bot = await startBot();
  const run = ask(bot);
  const reply = bot.replies.open(run);
  reply.started();
  reply.onEvent({ type: 'text-delta', text: sentence.repeat(4) });
  await expect.poll(() => answersIn(bot, run.channelId).length).toBe(1);
  return { bot, run, reply };
}

describe('a refusal that is not Discord’s own passes', () => {
  test('FAULTS 22: an answer meets one at its create, and is there all the same', async () => {
    for (const fault of PASSING) {
      const bot = await startBot();
      bot.discord.faults.rest({ method: 'POST', path: /\/messages$/, times: 2, ...fault });
      const run = ask(bot);
      const delivery = await bot.replies.open(run).finish({ kind: 'answered', text: 'Here it is.' });
      expect(delivery.delivered, `status ${fault.status}`).toBe(true);
      expect(answersIn(bot, run.channelId).map(({ content }) => content)).toEqual(['Here it is.']);
    }
  });

  test('FAULTS 22: an answer in the middle meets one, and grows to its end', async () => {
    const { bot, run, reply } = await beginAnswer();
    bot.discord.faults.rest({ method: 'PATCH', path: /\/messages\/\d+$/, times: 1, ...proxy });
    reply.onEvent({ type: 'text-delta', text: sentence.repeat(8) });
    await expect.poll(() => bot.responses.some(({ status }) => status === 403)).toBe(true);
    await later(50);
    const text = sentence.repeat(20);
    expect(await reply.finish({ kind: 'answered', text })).toMatchObject({ delivered: true });
    expect(answersIn(bot, run.channelId).map(({ content }) => content)).toEqual([text.trim()]);
  });

  test('FAULTS 24: one that lasts costs few requests, and the answer is kept for later', async () => {
    const { bot, run, reply } = await beginAnswer();
    bot.discord.faults.rest({ method: 'PATCH', path: /\/messages\/\d+$/, ...proxy });
    for (let more = 5; more < 30; more += 1) {
      reply.onEvent({ type: 'text-delta', text: sentence });
      await later(100);
    }
    expect(bot.responses.filter(({ status }) => status === 403)).toHaveLength(3);
    const text = sentence.repeat(30);
    const { messageIds, ...delivery } = await reply.finish({ kind: 'answered', text });
    expect(delivery).toEqual({ delivered: false });
    expect(bot.responses.filter(({ status }) => status === 403)).toHaveLength(6);
    bot.discord.faults.clear();
    const again = bot.replies.open(run, { standing: messageIds });
    expect((await again.finish({ kind: 'answered', text })).delivered).toBe(true);
    expect(answersIn(bot, run.channelId).map(({ content }) => content)).toEqual([text.trim()]);
  });

  test('FAULTS 24: one that outlasts the growth of an answer does not take the end of it for refused', async () => {
    const { bot, run, reply } = await beginAnswer();
    bot.discord.faults.rest({ method: 'PATCH', path: /\/messages\/\d+$/, times: 4, ...proxy });
    reply.onEvent({ type: 'text-delta', text: sentence.repeat(8) });
    await expect.poll(() => bot.responses.some(({ status }) => status === 403)).toBe(true);
    // The edit under way is refused for the third time when the answer has ended.
    const text = sentence.repeat(20);
    expect(await reply.finish({ kind: 'answered', text })).toMatchObject({ delivered: true });
    expect(answersIn(bot, run.channelId).map(({ content }) => content)).toEqual([text.trim()]);
  });

  test('FAULTS 23: Discord’s own refusal is the last word, with one request', async () => {
    const bot = await startBot();
    const body = { message: 'Missing Permissions', code: 50_013 };
    bot.discord.faults.rest({ method: 'POST', path: /\/messages$/, status: 403, body });
    const delivery = await bot.replies.open(ask(bot)).finish({ kind: 'answered', text: 'Never.' });
    expect(delivery).toEqual({ delivered: false, isClosed: true, messageIds: [] });
    expect(bot.responses).toHaveLength(1);
  });

  test('what is too large for what stands before Discord goes without its file', async () => {
    const bot = await startBot({ rateLimits: 'off' });
    const run = ask(bot);
    bot.discord.faults.rest({ method: 'POST', path: /\/messages$/, status: 413, body: '<html/>', times: 1 });
    const delivery = await bot.replies.open(run).finish({ kind: 'answered', text: sentence.repeat(250) });
    expect(delivery.delivered).toBe(true);
    expect(answersIn(bot, run.channelId).length).toBeGreaterThan(4);
  });
});
