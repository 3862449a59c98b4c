import { GuildMemberFlags, MessageReferenceType, MessageType, type APIUser } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { toIncomingMessage, type GatewayMessage } from '../../../src/discord/gateway/to-incoming-message.ts';
import { createFakeDirectory, general, hidden, privateThread, publicThread } from './fake-directory.ts';

const ann: APIUser = { id: '100', username: 'ann', discriminator: '0', global_name: 'Ann', avatar: null };
const bot: APIUser = { ...ann, id: '900', username: 'switch', global_name: null, bot: true };

function toMessage(given: Partial<GatewayMessage> = {}): GatewayMessage {
  return {
    id: '500',
    channel_id: '10',
    guild_id: '1',
    author: ann,
    content: 'Hello',
    timestamp: '2026-11-12T09:00:00.000Z',
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    pinned: false,
    type: MessageType.Default,
    ...given,
  };
}

const convert = (given: Partial<GatewayMessage> = {}, directory = createFakeDirectory()) =>
  toIncomingMessage(toMessage(given), { botUserId: '900', directory });

test('plain data of a message', () => {
  const attachment = {
    id: '7',
    filename: 'a.png',
    url: 'u',
    proxy_url: 'p',
    size: 3,
    content_type: 'image/png',
  };
  expect(convert({ attachments: [attachment] })).toEqual({
    id: '500',
    createdAt: Date.UTC(2026, 10, 12, 9),
    place: {
      kind: 'channel',
      guildId: '1',
      channelId: '10',
      parentId: null,
      isOwnThread: false,
      everyone: true,
      isPrivateThread: false,
    },
    author: { id: '100', name: 'Ann', isBot: false, isWebhook: false },
    content: 'Hello',
    mentionsBot: false,
    repliesToBot: false,
    quoted: null,
    attachments: [{ id: '7', name: 'a.png', url: 'u', contentType: 'image/png', size: 3 }],
  });
});

test('what nobody wrote is no message', () => {
  for (const type of [MessageType.UserJoin, MessageType.ChannelPinnedMessage, MessageType.ThreadCreated]) {
    expect(convert({ type })).toBeUndefined();
  }
});

describe('who is addressed', () => {
  test('a mention of the bot, not one of everybody or of a role', () => {
    expect(convert({ mentions: [bot] })?.mentionsBot).toBe(true);
    expect(convert({ mention_everyone: true, mention_roles: ['2'], mentions: [ann] })?.mentionsBot).toBe(
      false,
    );
  });

  test('a reply brings its target along', () => {
    const referenced_message = {
      ...toMessage({ id: '499', author: bot, content: 'Tea? <@100>', mentions: [ann] }),
    };
    const message = convert({ type: MessageType.Reply, referenced_message });
    expect(message?.repliesToBot).toBe(true);
    expect(message?.quoted).toEqual({
      id: '499',
      authorId: '900',
      authorName: 'switch',
      isBot: true,
      content: 'Tea? @Ann',
      attachments: [],
    });
    const gone = convert({ type: MessageType.Reply, referenced_message: null });
    expect(gone).toMatchObject({ repliesToBot: false, quoted: null });
  });

  test('bots and webhooks are told apart from people', () => {
    expect(convert({ author: { ...ann, bot: true } })?.author.isBot).toBe(true);
    expect(convert({ webhook_id: '8' })?.author.isWebhook).toBe(true);
  });
});

test('a forward is quoted, without an author', () => {
  const snapshot = {
    message: toMessage({ content: 'Old news', embeds: [{ title: 'T', description: 'D' }] }),
  };
  const message = convert({
    content: '',
    message_reference: { type: MessageReferenceType.Forward, channel_id: '10', message_id: '400' },
    message_snapshots: [snapshot],
  });
  expect(message?.quoted).toEqual({
    id: '400',
    authorId: null,
    authorName: 'unknown (forwarded message)',
    isBot: false,
    content: 'Old news\n(embed) T\nD',
    attachments: [],
  });
});

describe('where it was said', () => {
  test.each([
    [
      'a thread of its own',
      publicThread.id,
      { kind: 'thread', isOwnThread: true, everyone: true, parentId: '10' },
    ],
    ['a private thread', privateThread.id, { isPrivateThread: true, everyone: false, isOwnThread: false }],
    ['a hidden channel', hidden.id, { kind: 'channel', everyone: false }],
    ['a channel that is not known', '99', { kind: 'channel', everyone: false }],
  ])('FAULTS 37: %s', (_, channel_id, place) => {
    expect(convert({ channel_id })?.place).toMatchObject(place);
  });

  test('FAULTS 37: a thread whose parent is not known is not for everybody', () => {
    const directory = createFakeDirectory({ channels: [publicThread] });
    expect(convert({ channel_id: publicThread.id }, directory)?.place.everyone).toBe(false);
  });

  test('a DM', () => {
    const message = toMessage({ channel_id: '20' });
    delete message.guild_id;
    const directory = createFakeDirectory();
    expect(toIncomingMessage(message, { botUserId: '900', directory })?.place).toMatchObject({
      kind: 'dm',
      guildId: null,
      everyone: false,
    });
  });
});

test('mentions become names, but for the bot’s own', () => {
  const content = '<@900> <@!100> <@&2> <@&3> <#10> <#99> <@55> <:wave:123> <a:spin:5> <t:0:R> <b:x:1>';
  expect(convert({ content, mentions: [ann, bot] })?.content).toBe(
    '<@900> @Ann @Mods @unknown-role #general #unknown-channel @unknown-user :wave: :spin: 1970-01-01T00:00:00.000Z <b:x:1>',
  );
});

test('FAULTS 37: the name of another guild’s channel is not told', () => {
  const directory = createFakeDirectory({
    channels: [general, { ...general, id: '80', guildId: '8', name: 'secret' }],
  });
  expect(convert({ content: '<#80>' }, directory)?.content).toBe('#unknown-channel');
});

test('a nickname in the guild goes before the name', () => {
  const member = {
    nick: 'Annie',
    roles: [],
    joined_at: '',
    deaf: false,
    mute: false,
    flags: GuildMemberFlags.DidRejoin,
  };
  expect(convert({ member })?.author.name).toBe('Annie');
});

describe('FAULTS 37: the name of a channel is told where those who read it see that channel', () => {
  const titled = { ...privateThread, name: 'the offer' };
  const staff = { ...hidden, id: '14', name: 'staff' };
  const directory = createFakeDirectory({ channels: [general, hidden, staff, publicThread, titled] });
  const textIn = (channel_id: string, content: string) =>
    convert({ channel_id, content }, directory)?.content;

  test.each([
    ['a channel for all, in one for some', hidden.id, general.id, '#general'],
    ['a channel for some, in one for all', general.id, hidden.id, '#unknown-channel'],
    ['a channel for some, in one for the same', staff.id, hidden.id, '#hidden'],
    ['itself', hidden.id, hidden.id, '#hidden'],
    ['a private thread, in its channel', general.id, titled.id, '#unknown-channel'],
    ['a private thread, in itself', titled.id, titled.id, '#the offer'],
    ['a public thread, in its channel', general.id, publicThread.id, '#thread'],
    ['its channel, in a public thread', publicThread.id, general.id, '#general'],
  ])('%s', (_, where, named, expected) => {
    expect(textIn(where, `<#${named}>`)).toBe(expected);
  });

  test('nor where it is quoted', () => {
    const referenced = toMessage({ content: `<#${titled.id}>` });
    const message = convert({ type: MessageType.Reply, referenced_message: referenced }, directory);
    expect(message?.quoted?.content).toBe('#unknown-channel');
  });
});
