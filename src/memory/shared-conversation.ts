import { decodeKey } from '../storage/key-codec.ts';

/** Whether several people speak in a conversation, so that each must be named. */
export function isSharedConversation(conversationId: string): boolean {
  const parts = decodeKey(conversationId);
  return parts[0] === 'guild' && parts[2] === 'thread';
}
