import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createChannelReader } from '../../../src/discord/channels/channel-reader.ts';
import { createFakeRuns } from '../../intake/fake-runs.ts';
import { createTestIntake } from '../../intake/test-intake.ts';
import { createLiveScene, endScene, type LiveScene } from './live-scene.ts';

describe('what comes in over a real socket', () => {
  let scene: LiveScene;
  const edited: string[] = [];
  const deleted: string[] = [];

  beforeAll(async () => {
    scene = await createLiveScene({
      handlers: {
        onMessageUpdate: ({ content }) => edited.push(content),
        onMessageDelete: (messageId) => deleted.push(messageId),
      },
    });
    await scene.gateway.start();
  });
  afterAll(() => endScene(scene));
  beforeEach(() => {
    scene.messages.length = 0;
  });

  const arrived = async (id: string) =>
    vi.waitFor(() => {
      const message = scene.messages.find((candidate) => candidate.id === id);
      if (!message) throw new Error('not here yet');
      return message;
    });
  const say = async (
    ...[userId, channelId, content, options]: Parameters<LiveScene['discord']['people']['say']>
  ) => arrived(scene.discord.people.say(userId, channelId, content, options).id);

  test('the bot knows itself and is ready', () => {
    const { gateway, discord } = scene;
    expect(gateway.botUser()).toEqual({ id: discord.botUserId, name: 'switchboard' });
    expect(gateway.applicationId()).toBe(discord.applicationId);
    expect(gateway.readiness()).toMatchObject({ ready: true, shards: [{ id: 0, isConnected: true }] });
  });

  test('a mention comes with its text without the content intent; talk among people does not', async () => {
    const { discord, ann, general } = scene;
    const mention = await say(ann.id, general.id, `<@${discord.botUserId}> hello`);
    expect(mention).toMatchObject({
      content: `<@${discord.botUserId}> hello`,
      mentionsBot: true,
      author: { id: ann.id, isBot: false, isWebhook: false },
      place: { kind: 'channel', channelId: general.id, everyone: true },
    });
    expect(await say(ann.id, general.id, 'just talk')).toMatchObject({ content: '', mentionsBot: false });
  });

  test('a reply brings the quoted message, without a request', async () => {
    const { discord, ann, bob, general } = scene;
    const original = await say(bob.id, general.id, `<@${discord.botUserId}> is tea better?`);
    discord.stats.reset();
    const reply = await say(ann.id, general.id, `<@${discord.botUserId}> what about this?`, {
      replyTo: original.id,
    });
    expect(reply.quoted).toMatchObject({ id: original.id, authorId: bob.id });
    expect(reply.quoted?.content).toMatch(/is tea better\?$/);
    expect(discord.stats.requests).toBe(0);
  });

  test('a DM arrives although its channel was never seen', async () => {
    const { discord, ann } = scene;
    const message = await say(ann.id, discord.people.openDm(ann.id).id, 'psst');
    expect(message).toMatchObject({ content: 'psst', place: { kind: 'dm', guildId: null, everyone: false } });
  });

  test('threads, private threads and hidden channels are told apart', async () => {
    const { discord, ann, bob, general, hidden } = scene;
    const content = `<@${discord.botUserId}> hi`;
    const open = discord.people.startThread(ann.id, general.id, { name: 'open' });
    expect((await say(ann.id, open.id, content)).place).toMatchObject({
      kind: 'thread',
      parentId: general.id,
      isOwnThread: false,
      isPrivateThread: false,
      everyone: true,
    });
    expect((await say(bob.id, hidden.id, content)).place).toMatchObject({ kind: 'channel', everyone: false });
  });

  test('webhooks are marked as such', async () => {
    const { discord, ann, general } = scene;
    const message = await say(ann.id, general.id, `<@${discord.botUserId}> hi`, { webhookName: 'Bridge' });
    expect(message.author.isWebhook).toBe(true);
  });

  test('edits and deletions of people are told', async () => {
    const { discord, ann, general } = scene;
    const { id } = await say(ann.id, general.id, `<@${discord.botUserId}> one`);
    discord.people.edit(ann.id, id, `<@${discord.botUserId}> two`);
    discord.people.deleteMessage(ann.id, id);
    await vi.waitFor(() => {
      expect(deleted).toEqual([id]);
    });
    expect(edited).toEqual([`<@${discord.botUserId}> two`]);
  });

  test('FAULTS 38: a channel is read within the rights of who asks, over real requests', async () => {
    const { discord, gateway, budget, ann, bob, general, hidden } = scene;
    await say(bob.id, general.id, `<@${discord.botUserId}> I like tea`);
    const reader = createChannelReader({ rest: budget, directory: gateway.directory });
    const read = (userId: string, channelId: string) =>
      reader.recentMessages({ userId, channelId, limit: 1 }, new AbortController().signal);
    expect(await read(ann.id, general.id)).toMatchObject([
      { authorName: 'bob', isBot: false, text: '@switchboard I like tea' },
    ]);
    await expect(read(ann.id, hidden.id)).rejects.toMatchObject({ code: 'missing-permission' });
    await expect(read(bob.id, hidden.id)).resolves.toBeDefined();
    const dm = discord.people.openDm(ann.id).id;
    await expect(read(ann.id, dm)).resolves.toBeDefined();
    await expect(read(bob.id, dm)).rejects.toMatchObject({ code: 'missing-permission' });
  });
});

test('FAULTS 2: dispatches that come three times are one run', async () => {
  const runs = createFakeRuns();
  const scene = await createLiveScene({
    handlers: {
      onMessage: (message) => {
        intake.onMessage(message);
      },
    },
  });
  const intake = createTestIntake({
    runs,
    botUserId: () => scene.discord.botUserId,
    log: scene.log,
  });
  try {
    await scene.gateway.start();
    scene.discord.faults.duplicateDispatches(3, 'MESSAGE_CREATE');
    const { people, botUserId } = scene.discord;
    const ids = [1, 2].map((n) => people.say(scene.ann.id, scene.general.id, `<@${botUserId}> ${n}`).id);
    await vi.waitFor(() => {
      expect(runs.submitted.length).toBeGreaterThanOrEqual(2);
    });
    expect(runs.submitted.map(({ id }) => id)).toEqual(ids);
  } finally {
    await endScene(scene);
  }
});

test('FAULTS 29: a handler that throws costs one message and a log line', async () => {
  const heard: string[] = [];
  const scene = await createLiveScene({
    handlers: {
      onMessage: ({ content }) => {
        if (heard.push(content) === 1) throw new Error('a bug');
      },
    },
  });
  try {
    await scene.gateway.start();
    const { people, botUserId } = scene.discord;
    people.say(scene.ann.id, scene.general.id, `<@${botUserId}> one`);
    people.say(scene.ann.id, scene.general.id, `<@${botUserId}> two`);
    await vi.waitFor(() => {
      expect(heard).toHaveLength(2);
    });
    expect(scene.lines.filter(({ level }) => level === 'error')).toMatchObject([{ event: 'MESSAGE_CREATE' }]);
  } finally {
    await endScene(scene);
  }
});
