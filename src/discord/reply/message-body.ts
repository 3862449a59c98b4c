import { Buffer } from 'node:buffer';
import { MessageFlags } from 'discord.js';
import type { APIMessageTopLevelComponent } from 'discord.js';
import type { RequestBody } from '../outgoing/outgoing-request.ts';

export interface MessageContent {
  readonly text: string;
  readonly file?: { readonly name: string; readonly text: string };
  /** Not the answer yet, but the person's place in the line. */
  readonly isPlace?: boolean;
  /** What can be pressed below it; as long as it is the same array, it is not sent again. */
  readonly components?: readonly APIMessageTopLevelComponent[];
}

export function isSameContent(a: MessageContent, b: MessageContent): boolean {
  return a.text === b.text && a.file?.text === b.file?.text && a.components === b.components;
}

export interface MessageBodyOptions extends MessageContent {
  /** Only at a create: the message that is answered. */
  readonly replyTo?: string | undefined;
  /** Only at a create in a channel: makes sending it twice the same as once. At most 25 characters. */
  readonly nonce?: string | undefined;
  /** Only at a create for an interaction. */
  readonly isEphemeral?: boolean;
  /** Whether the author of `replyTo` is notified. */
  readonly pingsAuthor?: boolean;
}

/**
 * Every body of a message that this bot sends is made here: it pings nobody but, where wanted, the person who is
 * answered, and its links are not unfolded.
 */
export function toMessageBody(options: MessageBodyOptions): RequestBody {
  const { text, file, replyTo, nonce } = options;
  const json = {
    content: text.toWellFormed(),
    allowed_mentions: { parse: [], replied_user: options.pingsAuthor === true },
    flags: MessageFlags.SuppressEmbeds | (options.isEphemeral ? MessageFlags.Ephemeral : 0),
    ...(replyTo === undefined
      ? {}
      : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
    ...(nonce === undefined ? {} : { nonce, enforce_nonce: true }),
    ...(options.components ? { components: options.components } : {}),
    ...(file ? { attachments: [{ id: 0, filename: file.name }] } : {}),
  };
  if (!file) return { json };
  const data = Buffer.from(file.text.toWellFormed(), 'utf8');
  return { json, files: [{ name: file.name, data, contentType: 'text/markdown; charset=utf-8' }] };
}
