import type { Attachment } from '../attachments/attachment.ts';

/** A message as it came from Discord, in plain data: everything that the trigger rules need. */
export interface IncomingMessage {
  readonly id: string;
  /** epoch ms */
  readonly createdAt: number;
  /** When its text was last changed, epoch ms. */
  readonly editedAt?: number;
  readonly place: Place;
  readonly author: Author;
  /** Mentions are readable names (`@Ann`, `#general`) but for the bot's own, which stays `<@ID>`. */
  readonly content: string;
  /** The bot itself is mentioned (not by @everyone, not by a role). */
  readonly mentionsBot: boolean;
  /** A reply to a message of the bot. */
  readonly repliesToBot: boolean;
  /** The message replied to or forwarded; null where it was deleted or could not be read. */
  readonly quoted: QuotedMessage | null;
  readonly attachments: readonly Attachment[];
}

export interface Author {
  readonly id: string;
  readonly name: string;
  readonly isBot: boolean;
  readonly isWebhook: boolean;
  /** Of a member's message in a guild, as Discord sent them with it. */
  readonly roleIds?: readonly string[];
}

/** Where something was said. */
export interface Place {
  readonly kind: 'dm' | 'channel' | 'thread';
  readonly guildId: string | null;
  readonly channelId: string;
  /** Of a thread: the channel it hangs in. */
  readonly parentId: string | null;
  /** Of a thread: the bot opened it. */
  readonly isOwnThread: boolean;
  /** Everyone in the guild can read it. False for DMs. */
  readonly everyone: boolean;
  /** Of a thread: only those invited can read it. */
  readonly isPrivateThread: boolean;
}

export interface QuotedMessage {
  readonly id: string;
  /** Null for a forwarded message, whose author Discord does not tell. */
  readonly authorId: string | null;
  readonly authorName: string;
  readonly isBot: boolean;
  readonly content: string;
  readonly attachments: readonly Attachment[];
  /** The message of the same channel that it replied to in turn. */
  readonly repliesTo?: { readonly channelId: string; readonly messageId: string };
}

/** The question of a command: `/ask`, or one on a message. */
export interface IncomingQuestion {
  readonly interactionId: string;
  readonly token: string;
  readonly createdAt: number;
  readonly place: Place;
  readonly author: Author;
  readonly text: string;
  /** Only the asking person sees the answer. */
  readonly isPrivate: boolean;
  /** The bot is no member of the place (false). */
  readonly isForeign?: boolean;
  /** The messages that it is about, oldest first. */
  readonly quoted?: readonly QuotedMessage[];
  readonly attachments?: readonly Attachment[];
  /** The configured one, when absent. */
  readonly model?: string;
  /** A sentence that goes with the answer. */
  readonly notice?: string;
}
