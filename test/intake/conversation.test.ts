import { expect, test } from 'vitest';
import { toAudience, toConversationId } from '../../src/intake/to-run.ts';
import { isSharedConversation } from '../../src/memory/shared-conversation.ts';
import { channel, dm, privateThread, thread } from './incoming.ts';

const inPlace = (place: typeof channel, userId = '100', isPrivate = false) => ({ place, userId, isPrivate });

test('FAULTS 37: in a channel each person has a conversation of their own', () => {
  expect(toConversationId(inPlace(channel, '100'))).not.toBe(toConversationId(inPlace(channel, '101')));
  expect(toConversationId(inPlace(channel))).toBe(toConversationId(inPlace(channel)));
  expect(isSharedConversation(toConversationId(inPlace(channel)))).toBe(false);
});

test('a thread is one conversation of all in it', () => {
  expect(toConversationId(inPlace(thread, '100'))).toBe(toConversationId(inPlace(thread, '101')));
  expect(isSharedConversation(toConversationId(inPlace(thread)))).toBe(true);
});

test('FAULTS 37: a DM, private answers, channels and guilds never share a conversation', () => {
  const ids = [
    toConversationId(inPlace(dm)),
    toConversationId(inPlace(channel, '100', true)),
    toConversationId(inPlace(channel)),
    toConversationId(inPlace({ ...channel, channelId: '12' })),
    toConversationId(inPlace({ ...channel, guildId: '2' })),
    toConversationId(inPlace(thread)),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('private answers are one conversation in every guild, and not shared in a thread', () => {
  const here = toConversationId(inPlace(channel, '100', true));
  expect(toConversationId(inPlace({ ...thread, guildId: '2' }, '100', true))).toBe(here);
  expect(isSharedConversation(here)).toBe(false);
});

test('FAULTS 37: who reads the answer', () => {
  expect(toAudience(inPlace(dm))).toEqual({ kind: 'private', userId: '100' });
  expect(toAudience(inPlace(channel, '100', true))).toEqual({ kind: 'private', userId: '100' });
  const readers = { kind: 'channel', guildId: '1', channelId: '10', everyone: true };
  expect(toAudience(inPlace(channel))).toEqual(readers);
  expect(toAudience(inPlace(thread)), 'a public thread is read by its parent').toEqual(readers);
  expect(toAudience(inPlace(privateThread))).toEqual({ ...readers, channelId: '11', everyone: false });
});
