import { toSafeName } from '../lib/safe-name.ts';
import { shortenWithNote } from '../lib/shorten.ts';
import type { Audience } from '../memory/audience.ts';
import type { Quote, Run } from '../runs/run.ts';
import { encodeKey } from '../storage/key-codec.ts';
import type { IncomingMessage, IncomingQuestion, Place, QuotedMessage } from './incoming.ts';
import { parseThreadWish, type ThreadWish } from './threads.ts';
import { isAddressed } from './trigger.ts';

/** Discord's longest slash-command option; a message has at most 4,000 characters. */
const maxPromptCharacters = 6_000;
const maxQuotedCharacters = 4_000;
const SHORTENED = '(shortened)';

export interface ToRunOptions {
  /** Where the answer goes, if not where the message stands. */
  readonly place?: Place;
  /** A sentence that goes with the answer. */
  readonly notice?: string;
}

/** The run of a message that asks for an answer. */
export function toRun(message: IncomingMessage, botUserId: string, options: ToRunOptions = {}): Run {
  const { author } = message;
  const { place = message.place, notice } = options;
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
      text: shortenWithNote(toQuestionText(message, botUserId).text, maxPromptCharacters, SHORTENED),
      quotes: message.quoted ? [toQuote(message.quoted, botUserId)] : [],
      attachments: [...message.attachments],
      ...(message.editedAt !== undefined && { editedAt: message.editedAt }),
    },
    model: null,
    replaces: null,
    ...(notice !== undefined && { notice }),
    ...(!isAddressed(message) && { isUnaddressed: true }),
  };
}

/** What a message asks, and whether it wants its answer in a thread, which only a channel of a guild can have. */
export function toQuestionText({ place, content }: IncomingMessage, botUserId: string): ThreadWish {
  const text = withoutMention(content, botUserId);
  return place.kind === 'channel' ? parseThreadWish(text) : { text, isWished: false };
}

/** The run of a command's question. */
export function questionToRun(question: IncomingQuestion): Run {
  const { place, author, isPrivate, interactionId, token, notice } = question;
  const { isForeign = false, quoted = [], attachments = [], model = null } = question;
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
    origin: { kind: 'interaction', interactionId, token, isPrivate, ...(isForeign && { isForeign }) },
    prompt: {
      text: shortenWithNote(question.text.trim(), maxPromptCharacters, SHORTENED),
      quotes: quoted.map((message) => toQuote(message)),
      attachments: [...attachments],
    },
    model,
    replaces: null,
    ...(notice !== undefined && { notice }),
  };
}

/** Whose question it is and who sees the answer. */
interface Asking {
  readonly place: Place;
  readonly userId: string;
  /** Only the asking person sees the answer, wherever they ask. */
  readonly isPrivate: boolean;
}

/**
 * The conversation that a question belongs to: in a guild channel each person has their own, a thread is one of
 * all in it, a DM is one of its person, and answers that only one person sees are a conversation of their own.
 */
export function toConversationId({ place, userId, isPrivate }: Asking): string {
  if (place.guildId === null) return encodeKey(['dm', userId]);
  if (isPrivate) return encodeKey(['private', userId]);
  if (place.kind === 'thread') return encodeKey(['guild', place.guildId, 'thread', place.channelId]);
  return encodeKey(['guild', place.guildId, 'channel', place.channelId, 'user', userId]);
}

/** Who can read the answer. A public thread is read by those who read its parent. */
export function toAudience({ place, userId, isPrivate }: Asking): Audience {
  if (place.guildId === null || isPrivate) return { kind: 'private', userId };
  return {
    kind: 'channel',
    guildId: place.guildId,
    channelId: place.isPrivateThread ? place.channelId : (place.parentId ?? place.channelId),
    everyone: place.everyone,
  };
}

/** `botUserId`: whose mention stands in the text as an id and is left out. */
export function toQuote(quoted: QuotedMessage, botUserId?: string): Quote {
  return {
    messageId: quoted.id,
    authorName: toSafeName(quoted.authorName),
    isBot: quoted.isBot,
    text: shortenWithNote(withoutMention(quoted.content, botUserId), maxQuotedCharacters, SHORTENED),
    attachments: [...quoted.attachments],
    ...(quoted.repliesTo && { repliesTo: quoted.repliesTo }),
  };
}

/** Takes one space with it and no others: code keeps its indentation. */
function withoutMention(content: string, botUserId: string | undefined): string {
  if (botUserId === undefined) return content.trim();
  const mention = `<@${botUserId}>`;
  return content.replaceAll(` ${mention}`, '').replaceAll(mention, '').trim();
}
