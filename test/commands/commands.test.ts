import { describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { toConversationId } from '../../src/intake/to-run.ts';
import type { RunSummary } from '../../src/runs/ports.ts';
import { createCommandScene } from '../discord/commands/command-scene.ts';
import { toInteraction } from '../discord/commands/interactions.ts';
import { channel, thread } from '../intake/incoming.ts';

const manageMessages = 1n << 13n;
const manageGuild = 1n << 5n;
const inThread = { channel: { id: '11', type: 11 } };

/** These are about messages that the bot hears, so it must be there. */
const whereTheBotIs = new Map<string, readonly number[]>([
  ['settings', [0, 1]],
  ['thread', [0]],
]);

test('every command can be used wherever it makes sense, and is described', () => {
  for (const { definition } of commands) {
    const contexts = whereTheBotIs.get(definition.name);
    expect(definition).toMatchObject({
      contexts: contexts ?? [0, 1, 2],
      integration_types: contexts ? [0] : [0, 1],
    });
    if ('description' in definition) {
      expect(definition.name).toMatch(/^[a-z]{1,32}$/);
      expect(definition.description.length).toBeGreaterThan(5);
    } else expect(definition.name).toMatch(/^[A-Z][a-z ]{1,31}$/);
  }
  expect(new Set(commands.map(({ definition }) => definition.name)).size).toBe(commands.length);
});

describe('/ask', () => {
  test('becomes a run that answers in public', async () => {
    const scene = createCommandScene();
    await scene.use(toInteraction('ask', { options: { question: ' Tea? ' } }));
    expect(scene.shown()).toEqual({ text: undefined, isEphemeral: false, isDeferred: true });
    expect(scene.runs.submitted[0]).toMatchObject({
      audience: { kind: 'channel', guildId: '1', channelId: '10' },
      requester: { id: '100', name: 'Ann' },
      origin: { kind: 'interaction', token: 'secret-token', isPrivate: false },
      prompt: { text: 'Tea?' },
    });
  });

  test.each([
    ['with `private`', { options: { question: 'Tea?', private: true } }],
    [
      'between people, where the bot is no member',
      { options: { question: 'Tea?' }, guildId: null, context: 2 },
    ],
  ])('FAULTS 37: answers privately %s', async (_, given) => {
    const scene = createCommandScene();
    await scene.use(toInteraction('ask', given));
    expect(scene.shown()).toMatchObject({ isEphemeral: true, isDeferred: true });
    expect(scene.runs.submitted[0]).toMatchObject({
      audience: { kind: 'private', userId: '100' },
      origin: { isPrivate: true },
    });
  });

  test('FAULTS 37: in a thread of a server where the bot is not, the thread is the place', async () => {
    const scene = createCommandScene();
    const foreign = { id: '55', type: 12, parent_id: '54' };
    await scene.use(toInteraction('ask', { guildId: '5', channel: foreign, options: { question: 'Tea?' } }));
    expect(scene.runs.submitted[0]).toMatchObject({
      audience: { kind: 'channel', guildId: '5', channelId: '55', everyone: false },
    });
  });

  test('an empty question is answered with a word', async () => {
    const scene = createCommandScene();
    await scene.use(toInteraction('ask', { options: { question: '  ' } }));
    expect(scene.shown().text).toMatch(/write a question/);
    expect(scene.runs.submitted).toEqual([]);
  });

  test('a failing queue is an honest sentence', async () => {
    const scene = createCommandScene({ runs: { admit: () => Promise.reject(new Error('full')) } });
    await scene.use(toInteraction('ask', { options: { question: 'Tea?' } }));
    expect(scene.shown().text).toMatch(/went wrong/);
  });
});

describe('/stop', () => {
  test.each([
    ['own, everywhere', {}, { userId: '100' }, 'requester'],
    ['own, by naming oneself', { options: { user: '100' } }, { userId: '100' }, 'requester'],
    [
      'a person’s, by a moderator of the channel',
      { options: { user: '101' }, permissions: manageMessages },
      { userId: '101', channelId: '10' },
      'moderator',
    ],
    [
      'all here, by a moderator of the channel',
      { options: { all: 'channel' }, permissions: manageMessages },
      { channelId: '10' },
      'moderator',
    ],
    [
      'all in the server',
      { options: { all: 'server' }, permissions: manageGuild },
      { guildId: '1' },
      'moderator',
    ],
    [
      'a person’s in the server',
      { options: { all: 'server', user: '101' }, permissions: manageGuild },
      { guildId: '1', userId: '101' },
      'moderator',
    ],
  ])('%s', async (_, given, filter, by) => {
    const scene = createCommandScene({ runs: { stopped: 2 } });
    await scene.use(toInteraction('stop', given));
    expect(scene.runs.stops).toEqual([{ filter, by }]);
    expect(scene.shown()).toMatchObject({ text: 'Stopped 2 answers.', isEphemeral: true });
  });

  test.each([
    ['a member stops nobody else', { options: { user: '101' } }],
    [
      'a moderator of one channel stops no server',
      { options: { all: 'server' }, permissions: manageMessages },
    ],
    ['nobody is a moderator in a DM', { options: { all: 'channel' }, guildId: null }],
  ])('FAULTS 34: %s', async (_, given) => {
    const scene = createCommandScene();
    await scene.use(toInteraction('stop', given));
    expect(scene.runs.stops).toEqual([]);
    expect(scene.shown().text).toMatch(/^Only/);
  });
});

describe('/reset', () => {
  test('forgets one’s own conversation here, and stops what is under way in it first', async () => {
    const scene = createCommandScene();
    await scene.use(toInteraction('reset'));
    const own = toConversationId({ place: channel, userId: '100', isPrivate: false });
    expect(scene.runs.stops).toEqual([{ filter: { conversationId: own }, by: 'requester' }]);
    expect(scene.resets).toEqual([own]);
  });

  test('a thread: moderators and its opener, since it is everybody’s', async () => {
    const member = createCommandScene();
    await member.use(toInteraction('reset', inThread));
    expect(member.resets).toEqual([]);
    expect(member.shown().text).toMatch(/only its opener and moderators/);

    const moderator = createCommandScene();
    await moderator.use(toInteraction('reset', { ...inThread, permissions: manageMessages }));
    const opener = createCommandScene();
    await opener.use(toInteraction('reset', { ...inThread, userId: '900' }));
    const shared = toConversationId({ place: thread, userId: '1', isPrivate: false });
    expect([moderator.resets, opener.resets]).toEqual([[shared], [shared]]);
  });
});

describe('/memory', () => {
  const audience = { kind: 'private', userId: '100' } as const;
  const facts = [
    { id: 'f1', text: 'likes tea', audience, at: 1_000 },
    {
      id: 'f2',
      text: 'has `a\ncat`',
      audience: { kind: 'channel', guildId: '1', channelId: '10', everyone: true } as const,
      at: 2_000,
    },
  ];

  test('show: the newest first, for that person alone', async () => {
    const scene = createCommandScene({ facts });
    await scene.use(toInteraction('memory', { subcommand: 'show' }));
    expect(scene.shown()).toMatchObject({
      isEphemeral: true,
      text: '`f2` has a cat (said in <#10>, <t:2:d>)\n`f1` likes tea (said in private, <t:1:d>)',
    });
  });

  test('FAULTS 36: what was remembered notifies nobody', async () => {
    const scene = createCommandScene({ facts: [{ id: 'f1', text: '@everyone <@&2>', audience, at: 0 }] });
    await scene.use(toInteraction('memory', { subcommand: 'show' }));
    expect(scene.rest.sent.at(-1)?.json).toMatchObject({
      content: expect.stringContaining('@everyone') as string,
      allowed_mentions: { parse: [] },
    });
  });

  test('show: no more than a message holds', async () => {
    const many = Array.from({ length: 200 }, (_, at) => ({
      id: `f${at}`,
      text: 'x'.repeat(90),
      audience,
      at,
    }));
    const scene = createCommandScene({ facts: many });
    await scene.use(toInteraction('memory', { subcommand: 'show' }));
    expect(scene.shown().text?.length).toBeLessThanOrEqual(2_000);
    expect(scene.shown().text).toMatch(/`f199`[^]*… and \d+ more\.$/);
  });

  test.each([
    ['f1', 'f1', 'Forgotten.'],
    [' ALL ', undefined, 'Forgotten: everything (3).'],
    ['f9', 'f9', 'There is nothing with that id. `/memory show` lists what I remember.'],
  ])('forget %s', async (id, factId, text) => {
    const scene = createCommandScene({ facts });
    await scene.use(toInteraction('memory', { subcommand: 'forget', options: { id } }));
    expect(scene.forgotten).toEqual([factId]);
    expect(scene.shown().text).toBe(text);
  });

  test('forget without an id forgets nothing', async () => {
    const scene = createCommandScene({ facts });
    await scene.use(toInteraction('memory', { subcommand: 'forget' }));
    expect(scene.forgotten).toEqual([]);
  });
});

test('/status tells how busy the bot is and one’s own place', async () => {
  const summary = { userId: '100', channelId: '10', conversationId: 'c', since: 0 };
  const runs: RunSummary[] = [
    { ...summary, id: '1', state: 'active', position: 0 },
    { ...summary, id: '2', state: 'waiting', position: 4 },
    { ...summary, id: '3', state: 'waiting', position: 9 },
    { ...summary, id: '4', userId: '101', state: 'waiting', position: 1 },
  ];
  const scene = createCommandScene({ runs: { runs } });
  await scene.use(toInteraction('status'));
  expect(scene.shown()).toMatchObject({ isEphemeral: true });
  expect(scene.shown().text?.split('\n')).toEqual([
    '**Answers**: 1 under way, 3 waiting',
    '**Yours**: 1 under way, 2 waiting; the next is number 4 in the queue',
    '**Discord**: connected, ping 42 ms',
    '**Memory**: available',
    '**Version**: 0.1.0, up for 1 h 30 min',
  ]);
});
