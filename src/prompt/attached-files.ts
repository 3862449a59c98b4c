import type { Attachment } from '../attachments/attachment.ts';
import type { PreparedAttachment } from '../attachments/ports.ts';
import { toSafeFileName, toSafeName } from '../lib/safe-name.ts';
import { shortenWithNote } from '../lib/shorten.ts';
import type { ChatMessage, ContentPart } from '../memory/chat-message.ts';
import { closeMark, openMark, withoutMarks } from './marks.ts';

/** A question as the model is asked it, or as it is remembered: without image data, long texts cut. */
export type QuestionView = 'model' | 'memory';

/** Text, and the images between it. */
export type Piece = string | Extract<ContentPart, { type: 'image' }>;

const MAX_REMEMBERED_CHARACTERS = 6_000;
const NOT_REMEMBERED = '(the rest is not remembered)';

/** A file as it stands before the model: marked as content, and unable to end its own mark. */
export function toFilePieces(
  attachment: Attachment,
  file: PreparedAttachment | undefined,
  view: QuestionView,
  code: string,
): Piece[] {
  const name = toSafeFileName(attachment.name);
  if (!file) return [describeUnread(attachment)];
  const { content } = file;
  if (content.kind === 'unreadable')
    return [`(attached file: ${name}; it was not read: it ${content.reason})`];
  const attributes = `name="${name}" kind="${content.description}"`;
  const opening = `${openMark('attached_file', code, attributes)}\n`;
  const closing = `\n${closeMark('attached_file', code)}`;
  if (content.kind === 'image') {
    if (view === 'memory') return [`${opening}(image: ${name})${closing}`];
    return [opening, { type: 'image', url: content.url }, closing];
  }
  const text = withoutMarks(
    view === 'memory'
      ? shortenWithNote(content.text, MAX_REMEMBERED_CHARACTERS, NOT_REMEMBERED)
      : content.text,
  );
  const body = content.language === undefined ? text : toFenced(text, content.language);
  return [opening + body + closing];
}

/** What a person spoke into Discord is their own question, if it was understood. */
export function toSpokenText(file: PreparedAttachment | undefined): string | undefined {
  return file?.isVoice && file.content.kind === 'text' ? withoutMarks(file.content.text) : undefined;
}

/** Plain text where there are no images. */
export function toContent(pieces: readonly Piece[]): Extract<ChatMessage, { role: 'user' }>['content'] {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  const parts: ContentPart[] = [];
  let text = '';
  const endText = (): void => {
    if (text !== '') parts.push({ type: 'text', text });
    text = '';
  };
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
    } else {
      endText();
      parts.push(piece);
    }
  }
  endText();
  return parts;
}

function describeUnread({ name, contentType, size }: Attachment): string {
  const kind = contentType === null ? '' : `${toSafeName(contentType)}, `;
  return `(attached file: ${toSafeFileName(name)}, ${kind}${size} bytes; it was not read)`;
}

/** In a fence that is longer than any in the text. */
function toFenced(text: string, language: string): string {
  const longest = (text.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
