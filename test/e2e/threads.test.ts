import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { startBot, type Bot } from './bot.ts';

const createPublicThreads = 1n << 35n;

const held = new Map<string, PromiseWithResolvers<undefined>>();

function contentsOf(request: ScriptedRequest): string[] {
  return request.messages.map(({ content }) => (typeof content === 'string' ? content : ''));
}

const isTitleRequest = (request: ScriptedRequest): boolean =>
  contentsOf(request)[0]?.startsWith('Write a title') === true;

async function script(request: ScriptedRequest): Promise<ScriptedReply> {
  const question = lastQuestion(request);
  if (isTitleRequest(request)) {
    return question.includes('untitled') ? { status: 500 } : { text: 'Title: "All about tea."' };
  }
  if (!question.startsWith('hold')) return { text: `answer to ${question}` };
  const gate = Promise.withResolvers<undefined>();
  held.set(question, gate);
  await gate.promise;
  return { text: `answer to ${question}` };
}

describe('threads', () => {
  let bot: Bot;
  let ann: string;
  let bob: string;
  let guildId: string;
  let general: string;

  beforeAll(async () => {
    bot = await startBot({
      script,
      environment: { MESSAGE_CONTENT_INTENT: 'true' },
      discord: { messageContentIntent: true, rateLimits: 'strict' },
    });
    const { people } = bot.discord;
    ann = people.addUser({ name: 'ann' }).id;
    bob = people.addUser({ name: 'bob' }).id;
    guildId = people.addGuild({ memberIds: [ann, bob] }).id;
    general = people.addChannel(guildId, { name: 'general' }).id;
  });
  afterAll(async () => {
    expect(bot.discord.stats.byStatus[429]).toBeUndefined();
    await bot[Symbol.asyncDispose]();
  });

  const ofBot = (channelId: string): string[] =>
    bot.discord
      .messages(channelId)
      .filter(({ author, content }) => author.id === bot.discord.botUserId && content !== '')
      .map(({ content }) => content);
  const nameOf = (channelId: string): string | null | undefined =>
    bot.discord.channels().find(({ id }) => id === channelId)?.name;
  const isAnswered = (channelId: string, text: string): Promise<void> =>
    vi.waitFor(() => {
      expect(ofBot(channelId)).toContain(text);
    });
  /** What the model was last asked about a question, as it was asked. */
  const requestAbout = (question: string): string[] | undefined => {
    const requests = bot.model.requests.filter((request) => !isTitleRequest(request));
    return requests.map(contentsOf).findLast((contents) => contents.at(-1)?.includes(question));
  };

  test('"in a thread" opens one under the question, which the model names; all in it is one conversation', async () => {
    const { people } = bot.discord;
    const text = 'tell me everything that there is to know about the ways of making tea';
    const question = people.say(ann, general, `${bot.mention} ${text}, in a thread please`);
    const { channel } = await bot.discord.waitFor((event) => event.type === 'thread-create');
    expect(channel.id).toBe(question.id);
    expect(channel.name).toMatch(/^tell me every.{20,50}…$/);
    await isAnswered(question.id, `answer to ${text}`);
    await vi.waitFor(() => {
      expect(nameOf(question.id)).toBe('All about tea');
    });
    expect(ofBot(general)).toEqual([]);

    const next = people.say(bob, question.id, 'and coffee?');
    expect((await bot.answerTo(next.id)).text).toBe('answer to and coffee?');
    expect(requestAbout('and coffee?')?.slice(1)).toEqual([
      `[ann]: ${text}`,
      `answer to ${text}`,
      '[bob]: and coffee?',
    ]);
  });

  test('a model without a title leaves the first words', async () => {
    const question = bot.discord.people.say(ann, general, `In a thread: ${bot.mention} untitled tea?`);
    await isAnswered(question.id, 'answer to untitled tea?');
    expect(nameOf(question.id)).toBe('untitled tea?');
  });

  test('where it may not open threads it answers in the channel and says so', async () => {
    const { people } = bot.discord;
    const closed = people.addChannel(guildId, { name: 'no-threads' }).id;
    people.setBotPermissions(closed, { deny: createPublicThreads });
    const question = people.say(ann, closed, `${bot.mention} what is tea? Answer in a thread.`);
    const { text } = await bot.answerTo(question.id);
    expect(text).toMatch(/^answer to what is tea\?\n\nI may not open threads here: .*So I answer here\.$/);
    expect(bot.discord.stats.byStatus[403]).toBeUndefined();
  });

  test('/thread opens one for the person, named after the first question', async () => {
    const { people } = bot.discord;
    const opened = await people.command(ann, general, 'thread');
    const [, threadId = ''] = /<#(\d+)>/.exec((await opened.answer()).content) ?? [];
    expect(nameOf(threadId)).toBe('Conversation with ann');
    await bot.answerTo(people.say(ann, threadId, 'how do I make tea?').id);
    await vi.waitFor(() => {
      expect(nameOf(threadId)).toBe('All about tea');
    });
    const again = await people.command(ann, threadId, 'thread', { values: { title: 'More' } });
    expect((await again.answer()).content).toMatch(/a thread already/);
    const named = await people.command(ann, general, 'thread', { values: { title: 'A *fine* title' } });
    const [, namedId = ''] = /<#(\d+)>/.exec((await named.answer()).content) ?? [];
    expect(nameOf(namedId)).toBe('A *fine* title');
  });

  test('FAULTS 23: a thread that was archived meanwhile wakes with the answer; a locked one stays silent', async () => {
    const { people, stats } = bot.discord;
    const archived = people.say(ann, general, `${bot.mention} hold archived, in a thread`);
    const locked = people.say(bob, general, `${bot.mention} hold locked, in a thread`);
    await vi.waitFor(() => {
      expect([...held.keys()]).toEqual(expect.arrayContaining(['hold archived', 'hold locked']));
    });
    people.archiveThread(archived.id);
    people.archiveThread(locked.id, { locked: true });
    const creates = (): number => stats.byRoute['POST /channels/:id/messages'] ?? 0;
    const before = creates();
    for (const gate of held.values()) gate.resolve(undefined);
    await isAnswered(archived.id, 'answer to hold archived');
    await vi.waitFor(async () => {
      const { content } = await (await people.command(bob, general, 'status')).answer();
      expect(content).toMatch(/0 under way, 0 waiting/);
    });
    expect(ofBot(locked.id)).toEqual([]);
    expect(creates() - before, 'nothing is tried again where nobody may write').toBeLessThanOrEqual(3);
  });

  test('after a restart an archived thread is still its own: it wakes when somebody writes', async () => {
    const { people } = bot.discord;
    const question = people.say(ann, general, `${bot.mention} what is mate? In a thread`);
    await isAnswered(question.id, 'answer to what is mate?');
    people.archiveThread(question.id);
    await bot.restart();
    const next = people.say(bob, question.id, 'is it tea?');
    expect((await bot.answerTo(next.id)).text).toBe('answer to is it tea?');
  });
});

describe('chains of replies', () => {
  test('what a quoted message replied to comes along, without any intent, oldest first', async () => {
    await using bot = await startBot({ script, discord: { rateLimits: 'strict' } });
    const { people } = bot.discord;
    const [ann, bob, eve] = ['ann', 'bob', 'eve'].map((name) => people.addUser({ name }).id);
    if (!ann || !bob || !eve) throw new Error('nobody is there');
    const guild = people.addGuild({ memberIds: [ann, bob, eve] });
    const { id } = people.addChannel(guild.id);
    // Only what mentions the bot can be read without the intent.
    const first = people.say(ann, id, `${bot.mention} one`);
    const second = people.say(bob, id, `two, says ${bot.mention}`, { replyTo: first.id });
    const third = people.say(ann, id, `three, says ${bot.mention}`, { replyTo: second.id });
    const question = people.say(eve, id, `${bot.mention} who is right?`, { replyTo: third.id });
    await bot.answerTo(question.id);
    const request = bot.model.requests.find((each) => contentsOf(each).at(-1)?.endsWith('who is right?'));
    const quotes = contentsOf(request ?? { model: '', messages: [] })
      .at(-1)
      ?.matchAll(/author="(\w+)".*\n(.*)/g);
    expect(Array.from(quotes ?? [], ([, author, text]) => `${author ?? ''}: ${text ?? ''}`)).toEqual([
      'ann: one',
      'bob: two, says',
      'ann: three, says',
    ]);
    expect(bot.discord.stats.byStatus[403]).toBeUndefined();

    // What the conversation holds already is not brought again.
    const answer = bot.discord.messages(id).findLast(({ author }) => author.id === bot.discord.botUserId);
    const reads = bot.discord.stats.byRoute['GET /channels/:id/messages/:id'];
    const next = people.say(eve, id, 'why?', { replyTo: answer?.id ?? '' });
    await bot.answerTo(next.id);
    expect(bot.discord.stats.byRoute['GET /channels/:id/messages/:id']).toBe(reads);
  });

  test('the text, embeds and files of anybody’s message come along', async () => {
    await using bot = await startBot({
      script,
      environment: { MESSAGE_CONTENT_INTENT: 'true' },
      discord: { rateLimits: 'strict', messageContentIntent: true },
    });
    const { people } = bot.discord;
    const [ann = '', bob = ''] = ['ann', 'bob'].map((name) => people.addUser({ name }).id);
    const guild = people.addGuild({ memberIds: [ann, bob] });
    const { id } = people.addChannel(guild.id);
    const quoted = people.say(bob, id, 'Have you seen this?', {
      embeds: [{ title: 'Tea week', description: 'Oolong is up by a half' }],
      attachments: [
        { name: 'prices.txt', content: Buffer.from('oolong 7, mate 3'), contentType: 'text/plain' },
      ],
    });
    const question = people.say(ann, id, `${bot.mention} what does it say?`, { replyTo: quoted.id });
    await bot.answerTo(question.id);
    const asked = bot.model.requests
      .map(contentsOf)
      .find((each) => each.at(-1)?.endsWith('what does it say?'));
    expect(asked?.at(-1)).toMatch(
      /<quoted_message-\w+ author="bob"[^]*Have you seen this\?[^]*Tea week[^]*Oolong is up by a half[^]*oolong 7, mate 3[^]*<\/quoted_message-\w+>/,
    );
  });
});
