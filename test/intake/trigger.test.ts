import { describe, expect, test } from 'vitest';
import type { ChannelMode } from '../../src/intake/settings/settings.ts';
import { shouldAnswer } from '../../src/intake/trigger.ts';
import { bot, channel, dm, ownThread, thread, toMention, toMessage } from './incoming.ts';

const withIntent = { botUserId: bot, messageContent: true };
const withoutIntent = { botUserId: bot, messageContent: false };
const file = { id: '1', name: 'a.png', url: 'https://example.org/a.png', contentType: null, size: 3 };
const forwarded = {
  id: '2',
  authorId: null,
  authorName: 'unknown',
  isBot: false,
  content: 'old news',
  attachments: [],
};

describe('what is answered', () => {
  test.each([
    ['a mention', toMention(), 'mention'],
    ['a bare mention', toMention({ content: `<@${bot}>` }), 'mention'],
    ['a reply to the bot', toMessage({ repliesToBot: true }), 'reply'],
    ['a direct message', toMessage({ place: dm }), 'direct-message'],
    ['a file alone in a DM', toMessage({ place: dm, content: '', attachments: [file] }), 'direct-message'],
    ['a forward in a DM', toMessage({ place: dm, content: '', quoted: forwarded }), 'direct-message'],
    ['a mention in a thread of others', toMention({ place: thread }), 'mention'],
    ['a reply in its own thread', toMessage({ place: ownThread, repliesToBot: true }), 'reply'],
  ])('%s, with and without the content intent', (_, message, reason) => {
    expect(shouldAnswer(message, withIntent)).toEqual({ answer: true, reason });
    expect(shouldAnswer(message, withoutIntent)).toEqual({ answer: true, reason });
  });

  test('every message of its own thread, where the content intent is on', () => {
    const message = toMessage({ place: ownThread });
    expect(shouldAnswer(message, withIntent)).toEqual({ answer: true, reason: 'own-thread' });
    expect(shouldAnswer(message, withoutIntent)).toEqual({ answer: false, reason: 'not-addressed' });
  });
});

describe('what is not answered', () => {
  const author = { id: '100', name: 'Ann', isBot: false, isWebhook: false };
  test.each([
    ['talk among people', toMessage({ place: channel }), 'not-addressed'],
    ['a thread of others', toMessage({ place: thread }), 'not-addressed'],
    ['nothing that can be read', toMessage({ repliesToBot: true, content: ' ' }), 'empty'],
    ['itself', toMention({ author: { ...author, id: bot, isBot: true } }), 'own-message'],
  ])('%s', (_, message, reason) => {
    expect(shouldAnswer(message, withIntent)).toEqual({ answer: false, reason });
  });

  test.each([channel, ownThread, dm])('FAULTS 18: bots and webhooks, however they address it', (place) => {
    const otherBot = toMention({ place, repliesToBot: true, author: { ...author, isBot: true } });
    expect(shouldAnswer(otherBot, withIntent)).toEqual({ answer: false, reason: 'bot' });
    const webhook = toMention({ place, repliesToBot: true, author: { ...author, isWebhook: true } });
    expect(shouldAnswer(webhook, withIntent)).toEqual({ answer: false, reason: 'webhook' });
  });
});

describe('modes of a channel', () => {
  const asked = (message: Parameters<typeof shouldAnswer>[0], mode: ChannelMode, messageContent = true) =>
    shouldAnswer(message, { botUserId: bot, messageContent, mode });

  test('never: not even a mention, nor in its threads; direct messages are not a channel', () => {
    const off = { answer: false, reason: 'switched-off' };
    expect(asked(toMention(), 'never')).toEqual(off);
    expect(asked(toMessage({ repliesToBot: true }), 'never')).toEqual(off);
    expect(asked(toMessage({ place: ownThread }), 'never')).toEqual(off);
    expect(asked(toMessage({ place: dm }), 'never').answer).toBe(true);
  });

  test('always: every message of people, where it can be read', () => {
    const every = { answer: true, reason: 'every-message' };
    expect(asked(toMessage(), 'always')).toEqual(every);
    expect(asked(toMessage({ place: thread }), 'always')).toEqual(every);
    expect(asked(toMessage(), 'always', false)).toEqual({ answer: false, reason: 'not-addressed' });
    const otherBot = toMessage({ author: { id: '7', name: 'x', isBot: true, isWebhook: false } });
    expect(asked(otherBot, 'always')).toEqual({ answer: false, reason: 'bot' });
  });

  test('threads: what addresses it', () => {
    expect(asked(toMention(), 'threads')).toEqual({ answer: true, reason: 'mention' });
    expect(asked(toMessage(), 'threads')).toEqual({ answer: false, reason: 'not-addressed' });
    expect(asked(toMessage({ place: ownThread }), 'threads')).toEqual({ answer: true, reason: 'own-thread' });
  });
});
