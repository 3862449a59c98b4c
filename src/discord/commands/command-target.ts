import { MessageFlags, type APIMessage } from 'discord.js';
import type { MessageTextContext } from '../gateway/message-text.ts';
import { toAttachment, toQuotedMessage } from '../gateway/to-incoming-message.ts';
import type { CommandTarget } from './command.ts';

/** The message that a context-menu command was used on. Discord gives all of it, whatever the bot may read itself. */
export function toCommandTarget(message: APIMessage, context: MessageTextContext): CommandTarget | null {
  const quoted = toQuotedMessage(message, context);
  if (!quoted) return null;
  const forwarded = (message.message_snapshots ?? []).flatMap((snapshot) => snapshot.message.attachments);
  return {
    message: { ...quoted, attachments: [...quoted.attachments, ...forwarded.map(toAttachment)] },
    isEphemeral: ((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0,
  };
}
