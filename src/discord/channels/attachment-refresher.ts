import { Routes, type APIAttachment, type APIMessage } from 'discord.js';
import type { RefreshAttachments } from '../../runs/run-attachments.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

/** Fetches a message again, since Discord signs the addresses of its files anew each time. */
export function createAttachmentRefresher(rest: Pick<OutgoingBudget, 'send'>): RefreshAttachments {
  return async (channelId, messageId, signal) => {
    try {
      const path = Routes.channelMessage(channelId, messageId);
      const message = (await rest.send({ method: 'GET', path, priority: 'read', signal })) as APIMessage;
      return toAttachments(message).map(({ id, url }) => ({ id, url }));
    } catch (error) {
      if (error instanceof DiscordRequestError && (error.status === 403 || error.status === 404)) return [];
      throw error;
    }
  };
}

function toAttachments(message: APIMessage): APIAttachment[] {
  return [
    ...message.attachments,
    ...(message.message_snapshots ?? []).flatMap((snapshot) => snapshot.message.attachments),
    ...(message.referenced_message?.attachments ?? []),
  ];
}
