import type {
  APIMessage,
  ChannelType,
  OverwriteType,
  ThreadAutoArchiveDuration,
} from 'discord-api-types/v10';
import type { MessageLog } from './message-log.ts';

export interface RoleState {
  readonly id: string;
  name: string;
  position: number;
  permissions: bigint;
  mentionable: boolean;
  /** The bot whose own role this is. */
  readonly botId: string | null;
}

export interface MemberState {
  readonly userId: string;
  nick: string | null;
  readonly roleIds: Set<string>;
  readonly joinedAt: string;
}

export interface GuildState {
  readonly id: string;
  name: string;
  readonly ownerId: string;
  readonly roles: Map<string, RoleState>;
  readonly members: Map<string, MemberState>;
  /** Threads aside. */
  readonly channelIds: Set<string>;
  readonly threadIds: Set<string>;
}

export interface OverwriteState {
  readonly type: OverwriteType;
  allow: bigint;
  deny: bigint;
}

export interface ThreadState {
  readonly ownerId: string;
  readonly createdAt: string;
  archived: boolean;
  locked: boolean;
  invitable: boolean;
  autoArchiveMinutes: ThreadAutoArchiveDuration;
  archiveChangedAt: string;
  /** When each member joined, by user id. */
  readonly members: Map<string, string>;
  messageCount: number;
  totalMessageSent: number;
}

export interface ChannelState {
  readonly id: string;
  readonly type: ChannelType;
  /** Null in a direct message. */
  readonly guildId: string | null;
  name: string | null;
  topic: string | null;
  position: number;
  nsfw: boolean;
  slowmodeSeconds: number;
  /** For a thread, its channel; else the category. */
  parentId: string | null;
  /** By role or user id. A thread has none and uses its parent's. */
  readonly overwrites: Map<string, OverwriteState>;
  /** Of a direct message: the person and the bot. */
  readonly recipientIds: readonly string[];
  readonly thread: ThreadState | null;
  lastMessageId: string | null;
  readonly log: MessageLog<MessageState>;
}

export interface ReactionState {
  readonly emoji: { readonly id: string | null; readonly name: string };
  readonly userIds: Set<string>;
}

export interface MessageState {
  /** Replaced, never changed, by an edit. Without reactions and referenced message, which views add. */
  message: APIMessage;
  readonly guildId: string | null;
  /** By emoji key: the character, or `name:id`. */
  readonly reactions: Map<string, ReactionState>;
  /** The only person who sees it, where it is ephemeral. */
  readonly ephemeralTo: string | null;
  /** Nonce checks, edits older than an hour and the like read the time of sending. */
  readonly sentAtMs: number;
}
