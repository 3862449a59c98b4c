import type { APIEmbed, APIMessage } from 'discord.js';
import { toSafeName } from '../../lib/safe-name.ts';
import { cutText } from '../../lib/shorten.ts';
import { toReadableText, type TextSource } from './readable-text.ts';

export type MessageTextContext = Omit<TextSource, 'content' | 'mentions'>;

type MessageLike = Pick<
  APIMessage,
  'content' | 'mentions' | 'embeds' | 'attachments' | 'message_snapshots' | 'components'
>;

const maxEmbedCharacters = 1_000;

/** All that a message says: its text, or what it forwards, the words of its embeds, the names of its files. */
export function toMessageText(message: MessageLike, context: MessageTextContext): string {
  const snapshots = (message.message_snapshots ?? []).map((snapshot) => {
    return `(forwarded) ${toMessageText(snapshot.message, context)}`;
  });
  return [
    toReadableText({ ...context, content: message.content, mentions: message.mentions }),
    ...snapshots,
    ...message.embeds.map(toEmbedText),
    ...message.attachments.map(({ filename }) => `(file: ${toSafeName(filename)})`),
  ]
    .filter((part) => part.trim() !== '')
    .join('\n');
}

function toEmbedText({ title, description, fields = [] }: APIEmbed): string {
  const lines = [title, description, ...fields.map(({ name, value }) => `${name}: ${value}`)];
  const text = lines.filter((line) => line !== undefined && line !== '').join('\n');
  return text === '' ? '' : `(embed) ${cutText(text, maxEmbedCharacters)}`;
}
