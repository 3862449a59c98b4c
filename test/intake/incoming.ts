import type { IncomingMessage, IncomingQuestion, Place } from '../../src/intake/incoming.ts';

export const bot = '900';

export const channel: Place = {
  kind: 'channel',
  guildId: '1',
  channelId: '10',
  parentId: null,
  isOwnThread: false,
  everyone: true,
  isPrivateThread: false,
};
export const thread: Place = { ...channel, kind: 'thread', channelId: '11', parentId: '10' };
export const ownThread: Place = { ...thread, isOwnThread: true };
export const privateThread: Place = { ...thread, isPrivateThread: true, everyone: false };
export const dm: Place = { ...channel, kind: 'dm', guildId: null, channelId: '20', everyone: false };

let lastId = 1_000;

/** A message of a person that addresses nobody, but for what is given. */
export function toMessage(given: Partial<IncomingMessage> = {}): IncomingMessage {
  return {
    id: String((lastId += 1)),
    createdAt: 1_700_000_000_000,
    place: channel,
    author: { id: '100', name: 'Ann', isBot: false, isWebhook: false },
    content: 'How are you?',
    mentionsBot: false,
    repliesToBot: false,
    quoted: null,
    attachments: [],
    ...given,
  };
}

export function toMention(given: Partial<IncomingMessage> = {}): IncomingMessage {
  return toMessage({ mentionsBot: true, content: `<@${bot}> How are you?`, ...given });
}

export function toAsked(given: Partial<IncomingQuestion> = {}): IncomingQuestion {
  return {
    interactionId: String((lastId += 1)),
    token: 'interaction-token',
    createdAt: 1_700_000_000_000,
    place: channel,
    author: { id: '100', name: 'Ann', isBot: false, isWebhook: false },
    text: 'How are you?',
    isPrivate: false,
    ...given,
  };
}
