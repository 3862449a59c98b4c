import { describe, expect, test, vi } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import { sleep } from '../../src/lib/abort.ts';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { startBot, type BotOptions } from './bot.ts';

/** A bot, and people who each have a channel of their own. */
async function startLanes(options: BotOptions, names: readonly string[]) {
  const bot = await startBot(options);
  const { people } = bot.discord;
  const guildId = people.addGuild().id;
  const visitors = names.map((name) => {
    const userId = people.addUser({ name }).id;
    people.join(guildId, userId);
    const newChannel = (): string => people.addChannel(guildId).id;
    const channelId = newChannel();
    const ask = (text: string, where = channelId): string =>
      people.say(userId, where, `${bot.mention} ${text}`).id;
    return { userId, channelId, newChannel, ask };
  });
  const [visitor] = visitors;
  if (!visitor) throw new Error('nobody is there');
  return { bot, visitor, visitors, [Symbol.asyncDispose]: () => bot[Symbol.asyncDispose]() };
}

/** The one place that there is, so that whatever keeps it holds up everybody. */
const onePlace = { MAX_CONCURRENT_RUNS: '1', MAX_CONCURRENT_RUNS_PER_USER: '1' };

describe('one place for all', () => {
  test('FAULTS 8: however a run ends, the next one begins', async () => {
    const script = (request: ScriptedRequest): ScriptedReply => {
      const question = lastQuestion(request);
      if (question === 'rejected') return { status: 400 };
      if (question === 'broken') return { text: 'Half of', fault: { afterChunks: 1, kind: 'reset' } };
      if (question === 'empty') return { text: '' };
      if (question === 'refused') return { refusal: 'No.' };
      if (question === 'cut') return { text: 'Long', finishReason: 'length' };
      if (question === 'hangs' || question === 'deleted' || question === 'stopped')
        return { firstTokenMs: Infinity };
      return { text: `answer to ${question}` };
    };
    const environment = { ...onePlace, RUN_TIMEOUT_MS: '1500', STEP_TIMEOUT_MS: '400' };
    await using scene = await startLanes({ script, environment }, ['ann']);
    const { bot, visitor } = scene;
    const { people } = bot.discord;
    const answered: string[] = [];
    const begin = async (question: string): Promise<string> => {
      const count = bot.model.requests.length;
      const id = visitor.ask(question);
      await vi.waitFor(() => {
        expect(bot.model.requests.length).toBeGreaterThan(count);
      }, 4_000);
      return id;
    };
    for (const question of ['rejected', 'broken', 'empty', 'refused', 'cut', 'hangs']) {
      await bot.answerTo(visitor.ask(question));
      answered.push(question);
    }
    people.deleteMessage(visitor.userId, await begin('deleted'));
    await begin('stopped');
    await people.command(visitor.userId, visitor.channelId, 'stop');
    const closed = visitor.newChannel();
    people.setBotPermissions(closed, { deny: 1n << 11n });
    visitor.ask('nowhere', closed);
    expect((await bot.answerTo(visitor.ask('the last one'))).text).toBe('answer to the last one');
    expect(answered).toHaveLength(6);
  });

  test('FAULTS 8: Stop waits in no lane and frees the place within a second', async () => {
    const script = (request: ScriptedRequest): ScriptedReply =>
      lastQuestion(request).startsWith('hold')
        ? { text: 'On and on. '.repeat(1_000), tokenMs: 20 }
        : { text: 'Here you are.' };
    await using scene = await startLanes({ script, environment: onePlace }, ['ann', 'bob']);
    const { bot, visitors } = scene;
    const [ann, bob] = visitors;
    if (!ann || !bob) throw new Error('nobody is there');
    for (const n of [1, 2, 3]) ann.ask(`hold ${n}`);
    const waiting = bot.answerTo(bob.ask('my turn'));
    await vi.waitFor(() => {
      expect(bot.model.active).toBe(1);
    });
    const stoppedAt = performance.now();
    await bot.discord.people.command(ann.userId, ann.channelId, 'stop');
    await vi.waitFor(() => {
      expect(bot.model.active).toBe(0);
    }, 1_000);
    expect((await waiting).text).toBe('Here you are.');
    expect(performance.now() - stoppedAt).toBeLessThan(1_000);
    expect(bot.model.requests).toHaveLength(2);
  });
});

test('FAULTS 9: two questions of one conversation at once: one after the other, and the second knows of the first', async () => {
  const script = (request: ScriptedRequest): ScriptedReply => ({
    text: `answer to ${lastQuestion(request)}`,
    firstTokenMs: 100,
  });
  await using scene = await startLanes({ script }, ['ann']);
  const { bot, visitor } = scene;
  const asked = ['one', 'two', 'three'].map((text) => visitor.ask(text));
  await bot.answerTo(asked.at(-1) ?? '');
  expect(bot.model.peakActive).toBe(1);
  const said = bot.model.requests.at(-1)?.messages.slice(1);
  expect(said?.map(({ content }) => content)).toEqual([
    ...['one', 'answer to one'],
    ...['two', 'answer to two'],
    'three',
  ]);
});

test('FAULTS 6: one slow person, and the 95th percentile of 50 others stays as it was', async () => {
  const script = (request: ScriptedRequest): ScriptedReply =>
    lastQuestion(request).startsWith('slow')
      ? { firstTokenMs: Infinity }
      : { text: 'Quick.', firstTokenMs: 50 };
  const names = ['slow', ...Array.from({ length: 50 }, (_, n) => `quick${n}`)];
  await using scene = await startLanes({ script }, names);
  const { bot, visitors } = scene;
  const [slow, ...others] = visitors;
  /** Not faster than Discord takes texts, which is 50 in a second. */
  const askAll = async (): Promise<number> => {
    const tookMs: Promise<number>[] = [];
    for (const { ask } of others) {
      const askedAt = Date.now();
      tookMs.push(bot.answerTo(ask('a question')).then(({ at }) => at - askedAt));
      await sleep(25);
    }
    const sorted = (await Promise.all(tookMs)).toSorted((one, other) => one - other);
    return sorted[Math.floor(sorted.length * 0.95)] ?? Infinity;
  };
  await askAll();
  const alone = await askAll();
  for (let n = 0; n < 20; n += 1) slow?.ask(`slow ${n}`, slow.newChannel());
  await vi.waitFor(() => {
    expect(bot.model.active).toBeGreaterThan(0);
  });
  const together = await askAll();
  expect(bot.model.active, 'the slow one is still at it').toBeGreaterThan(0);
  // Whatever else the machine does: one who waited for the slow one would wait for ever.
  expect(together).toBeLessThan(alone * 2 + 200);
});
