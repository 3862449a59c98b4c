import type { Audience } from '../memory/audience.ts';
import { encodeKey } from '../storage/key-codec.ts';
import type { Place } from './incoming.ts';

/** Whose question it is and who sees the answer. */
export interface Asking {
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
