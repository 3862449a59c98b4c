import { Buffer } from 'node:buffer';
import { MessageFlags } from 'discord.js';
import type { APIMessageTopLevelComponent, RawFile } from 'discord.js';
import type { MessageText } from '../markdown/answer-text.ts';
import type { OutgoingFile } from '../markdown/block-files.ts';
import type { RequestBody } from '../outgoing/outgoing-request.ts';

export interface MessageContent extends MessageText {
  /** Not the answer yet, but the person's place in the line. */
  readonly isPlace?: boolean;
  /** What can be pressed below it; as long as it is the same array, it is not sent again. */
  readonly components?: readonly APIMessageTopLevelComponent[];
}

export function isSameContent(a: MessageContent, b: MessageContent): boolean {
  return a.text === b.text && areSameFiles(a.files, b.files) && a.components === b.components;
}

function areSameFiles(a: readonly OutgoingFile[] = [], b: readonly OutgoingFile[] = []): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, data }, index) => {
      const other = b[index];
      return name === other?.name && data === other.data;
    })
  );
}

export interface MessageBodyOptions extends MessageContent {
  /** Only at a create: the message that is answered. */
  readonly replyTo?: string | undefined;
  /** Only at a create in a channel: makes sending it twice the same as once. At most 25 characters. */
  readonly nonce?: string | undefined;
  /** Only at a create for an interaction. */
  readonly isEphemeral?: boolean;
}

/**
 * Every body of a message that this bot sends is made here: it pings nobody, and its links are not unfolded.
 */
export function toMessageBody(options: MessageBodyOptions): RequestBody {
  const { text, files, replyTo, nonce } = options;
  const json = {
    content: text.toWellFormed(),
    allowed_mentions: { parse: [], replied_user: false },
    flags: MessageFlags.SuppressEmbeds | (options.isEphemeral ? MessageFlags.Ephemeral : 0),
    ...(replyTo === undefined
      ? {}
      : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
    ...(nonce === undefined ? {} : { nonce, enforce_nonce: true }),
    ...(options.components ? { components: options.components } : {}),
    ...(files ? { attachments: files.map(({ name }, id) => ({ id, filename: name })) } : {}),
  };
  return files === undefined || files.length === 0 ? { json } : { json, files: files.map(toRawFile) };
}

function toRawFile({ name, contentType, data }: OutgoingFile): RawFile {
  const bytes = typeof data === 'string' ? Buffer.from(data.toWellFormed(), 'utf8') : Buffer.from(data);
  return { name, contentType, data: bytes };
}
