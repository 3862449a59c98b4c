import type { Quote, Run } from '../runs/run.ts';
import { toAudience, toConversationId } from './conversation.ts';
import type { IncomingMessage, IncomingQuestion, QuotedMessage } from './incoming.ts';
import { toSafeName } from '../lib/safe-name.ts';

/** Discord's longest slash-command option; a message has at most 4,000 characters. */
const maxPromptCharacters = 6_000;
const maxQuotedCharacters = 4_000;

/** The run of a message that asks for an answer. */
export function toRun(message: IncomingMessage, botUserId: string): Run {
  const { place, author } = message;
  const asking = { place, userId: author.id, isPrivate: false };
  return {
    version: 1,
    id: message.id,
    createdAt: message.createdAt,
    conversationId: toConversationId(asking),
    audience: toAudience(asking),
    guildId: place.guildId,
    channelId: place.channelId,
    requester: { id: author.id, name: toSafeName(author.name) },
    origin: { kind: 'message', messageId: message.id },
    prompt: {
      text: shorten(withoutMention(message.content, botUserId), maxPromptCharacters),
      quotes: message.quoted ? [toQuote(message.quoted, botUserId)] : [],
      attachments: [...message.attachments],
    },
    model: null,
    replaces: null,
  };
}

/** The run of a slash command's question. */
export function questionToRun(question: IncomingQuestion): Run {
  const { place, author, isPrivate, interactionId, token } = question;
  const asking = { place, userId: author.id, isPrivate };
  return {
    version: 1,
    id: interactionId,
    createdAt: question.createdAt,
    conversationId: toConversationId(asking),
    audience: toAudience(asking),
    guildId: place.guildId,
    channelId: place.channelId,
    requester: { id: author.id, name: toSafeName(author.name) },
    origin: { kind: 'interaction', interactionId, token, isPrivate },
    prompt: { text: shorten(question.text.trim(), maxPromptCharacters), quotes: [], attachments: [] },
    model: null,
    replaces: null,
  };
}

function toQuote(quoted: QuotedMessage, botUserId: string): Quote {
  return {
    messageId: quoted.id,
    authorName: toSafeName(quoted.authorName),
    isBot: quoted.isBot,
    text: shorten(withoutMention(quoted.content, botUserId), maxQuotedCharacters),
    attachments: [...quoted.attachments],
  };
}

function withoutMention(content: string, botUserId: string): string {
  return content
    .replaceAll(`<@${botUserId}>`, '')
    .replaceAll(/[^\S\n]{2,}/g, ' ')
    .trim();
}

function shorten(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  return `${text.slice(0, maxCharacters).toWellFormed()}\n(shortened)`;
}
