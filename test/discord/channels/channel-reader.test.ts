import { ChannelType } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { createChannelReader } from '../../../src/discord/channels/channel-reader.ts';
import { permission } from '../../../src/policy/permissions.ts';
import { createFakeRest, refusal, type SentRequest } from '../commands/fake-rest.ts';
import {
  createFakeDirectory,
  general,
  hidden,
  privateThread,
  publicThread,
  type FakeDirectoryOptions,
} from '../gateway/fake-directory.ts';

const author = { id: '101', username: 'bob', global_name: 'Bob', avatar: null, discriminator: '0' };
const toMessage = (id: string, content: string) => ({
  id,
  content,
  author,
  timestamp: '2026-11-12T09:00:00.000Z',
  mentions: [],
  embeds: [],
  attachments: [],
});

/** What Discord knows: members by role, members of private threads, channels that the gateway did not tell of. */
interface World extends FakeDirectoryOptions {
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly threadMembers?: readonly string[];
  readonly unknownChannels?: Readonly<Record<string, object>>;
}

function createScene(world: World = {}) {
  const { roles = { 100: [] }, threadMembers = [], unknownChannels = {} } = world;
  const respond = ({ path }: SentRequest): unknown => {
    const [, kind, id = '', part, memberId = ''] = path.split('/');
    if (kind === 'guilds' && memberId in roles) return { roles: roles[memberId] };
    if (part === 'thread-members' && threadMembers.includes(memberId)) return {};
    if (part === 'messages') return [toMessage('3', 'newest'), toMessage('2', 'oldest')];
    if (part === undefined && id in unknownChannels) return unknownChannels[id];
    throw refusal(404, 10_003);
  };
  const rest = createFakeRest(respond);
  const reader = createChannelReader({ rest, directory: createFakeDirectory(world) });
  const read = (channelId: string, userId = '100', limit = 20) =>
    reader.recentMessages({ channelId, userId, limit }, new AbortController().signal);
  const wasRead = () => rest.sent.some(({ path }) => path.endsWith('/messages'));
  return { read, rest, wasRead };
}

const refused = { code: 'missing-permission' };

test('the latest messages, oldest first', async () => {
  const { read, rest } = createScene();
  expect(await read(general.id, '100', 500)).toEqual([
    { id: '2', authorName: 'Bob', isBot: false, text: 'oldest', at: Date.UTC(2026, 10, 12, 9) },
    { id: '3', authorName: 'Bob', isBot: false, text: 'newest', at: Date.UTC(2026, 10, 12, 9) },
  ]);
  expect(rest.sent.at(-1)).toMatchObject({ path: '/channels/10/messages', query: { limit: '100' } });
});

describe('FAULTS 38: a channel is read only within the rights of who asks', () => {
  test('a hidden channel: those whom a role lets in, and nobody else', async () => {
    const { read, wasRead } = createScene({ roles: { 100: [], 101: ['2'], 50: [] } });
    await expect(read(hidden.id)).rejects.toMatchObject(refused);
    expect(wasRead()).toBe(false);
    expect(await read(hidden.id, '101')).toHaveLength(2);
    expect(await read(hidden.id, '50'), 'the owner of the guild').toHaveLength(2);
  });

  test('the role is asked for at each call', async () => {
    const roles: Record<string, readonly string[]> = { 100: ['2'] };
    const { read } = createScene({ roles });
    expect(await read(hidden.id)).toHaveLength(2);
    roles['100'] = [];
    await expect(read(hidden.id)).rejects.toMatchObject(refused);
  });

  test('viewing without reading the history is not enough', async () => {
    const overwrites = [{ id: '100', allow: 0n, deny: permission.readMessageHistory }];
    const { read } = createScene({ channels: [{ ...general, overwrites }] });
    await expect(read(general.id)).rejects.toMatchObject(refused);
  });

  test('somebody who is not in the guild', async () => {
    await expect(createScene().read(general.id, '666')).rejects.toMatchObject(refused);
  });

  test('a private thread: its members and moderators', async () => {
    const { read } = createScene({ roles: { 100: [], 101: [], 102: ['2'] }, threadMembers: ['100'] });
    expect(await read(privateThread.id, '100')).toHaveLength(2);
    await expect(read(privateThread.id, '101')).rejects.toMatchObject(refused);
    expect(await read(privateThread.id, '102')).toHaveLength(2);
    expect(await read(publicThread.id, '101')).toHaveLength(2);
  });

  test('a DM: its own person', async () => {
    const dm = { id: '20', type: ChannelType.DM, recipients: [{ id: '100' }] };
    const { read, rest } = createScene({ unknownChannels: { 20: dm } });
    expect(await read('20')).toHaveLength(2);
    expect(rest.sent.map(({ path }) => path)).toEqual(['/channels/20', '/channels/20/messages']);
    await expect(read('20', '101')).rejects.toMatchObject(refused);
  });

  test('an archived private thread, of which the gateway tells nothing', async () => {
    const thread = { id: '30', type: ChannelType.PrivateThread, parent_id: '10' };
    const { read } = createScene({ unknownChannels: { 30: thread }, threadMembers: [] });
    await expect(read('30')).rejects.toMatchObject(refused);
    const hiddenThread = { id: '31', type: ChannelType.PublicThread, parent_id: hidden.id };
    await expect(createScene({ unknownChannels: { 31: hiddenThread } }).read('31')).rejects.toMatchObject(
      refused,
    );
  });

  test('a channel that does not exist, or in a guild that the bot has left', async () => {
    await expect(createScene().read('99')).rejects.toMatchObject(refused);
    await expect(createScene({ guilds: [] }).read(general.id)).rejects.toMatchObject(refused);
  });

  test('where the bot itself may not read, it does not try', async () => {
    const overwrites = [{ id: '900', allow: 0n, deny: permission.viewChannel }];
    const { read, rest } = createScene({ channels: [{ ...general, overwrites }] });
    await expect(read(general.id)).rejects.toMatchObject(refused);
    expect(rest.sent).toEqual([]);
  });
});

test('an outage is not a refusal', async () => {
  const outage = new Error('connection lost');
  const rest = createFakeRest(() => {
    throw outage;
  });
  const reader = createChannelReader({ rest, directory: createFakeDirectory() });
  const request = { channelId: general.id, userId: '100', limit: 5 };
  await expect(reader.recentMessages(request, new AbortController().signal)).rejects.toBe(outage);
});

describe('FAULTS 38: where too little is known, or more is needed', () => {
  test('a thread whose channel is not known is not read', async () => {
    const { read, wasRead } = createScene({ channels: [publicThread] });
    await expect(read(publicThread.id)).rejects.toMatchObject(refused);
    expect(wasRead()).toBe(false);
  });

  test.each([
    ['a voice channel', true, false],
    ['a text channel', false, true],
  ])('who may not connect may not read %s', async (_, isVoice, isAllowed) => {
    const overwrites = [
      { id: '1', allow: 0n, deny: permission.connect },
      { id: '900', allow: permission.connect, deny: 0n },
    ];
    const { read, wasRead } = createScene({ channels: [{ ...general, overwrites, isVoice }] });
    const attempt = read(general.id);
    if (isAllowed) await attempt;
    else await expect(attempt).rejects.toMatchObject(refused);
    expect(wasRead()).toBe(isAllowed);
  });
});
