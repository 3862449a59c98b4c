import type { Run } from '../runs/run.ts';
import { toAudience, toConversationId } from './conversation.ts';
import type { Attachment, IncomingMessage, IncomingQuestion, QuotedMessage } from './incoming.ts';
import { toSafeName } from '../lib/safe-name.ts';

/** Discord's longest slash-command option; a message has at most 4,000 characters. */
const maxPromptCharacters = 6_000;
const maxQuotedCharacters = 4_000;

/** The run of a message that asks for an answer. */
export function toRun(message: IncomingMessage, botUserId: string): Run {
  const { place, author } = message;
  const asking = { place, userId: author.id, isPrivate: false };
  const question = withoutMention(message.content, botUserId);
  const text = [question, ...message.attachments.map(describeAttachment)].filter(Boolean).join('\n');
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
      text: shorten(text, maxPromptCharacters),
      quoted: message.quoted && toQuoted(message.quoted, botUserId),
    },
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
    prompt: { text: shorten(question.text.trim(), maxPromptCharacters), quoted: null },
  };
}

function toQuoted(quoted: QuotedMessage, botUserId: string): Run['prompt']['quoted'] {
  return {
    authorName: toSafeName(quoted.authorName),
    isBot: quoted.isBot,
    text: shorten(withoutMention(quoted.content, botUserId), maxQuotedCharacters),
  };
}

function withoutMention(content: string, botUserId: string): string {
  return content
    .replaceAll(`<@${botUserId}>`, '')
    .replaceAll(/[^\S\n]{2,}/g, ' ')
    .trim();
}

function describeAttachment({ name, contentType, size }: Attachment): string {
  const kind = contentType === null ? '' : `${toSafeName(contentType)}, `;
  return `(attached file: ${toSafeName(name)}, ${kind}${size} bytes; its content is not available)`;
}

function shorten(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  return `${text.slice(0, maxCharacters).toWellFormed()}\n(shortened)`;
}
