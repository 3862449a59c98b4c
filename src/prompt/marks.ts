import { createHmac, randomBytes } from 'node:crypto';
import { cleanText } from '../lib/clean-text.ts';

/** What stands between two marks was written by others. */
const kinds = ['quoted_message', 'attached_file', 'remembered_facts'] as const;
export type MarkKind = (typeof kinds)[number];

const CODE_CHARACTERS = 10;
const key = randomBytes(32);

/**
 * The part of the marks that nobody can know before: another one for each question and each content of it, so that a
 * content never holds its own, and one that was seen is good for nothing. The same as long as the process lives, so
 * that what is remembered of a question is, to the model's server, what it has read before.
 */
export function toMarkCode({ id, prompt }: { readonly id: string; readonly prompt: object }): string {
  const digest = createHmac('sha256', key)
    .update(`${id} ${JSON.stringify(prompt)}`)
    .digest('hex');
  return digest.slice(0, CODE_CHARACTERS);
}

/** The first line of a message that holds marks. */
export function toMarkLine(code: string): string {
  return `(Marks of this message: ${code})`;
}

export function openMark(kind: MarkKind, code: string, attributes: string): string {
  return `<${kind}-${code}${attributes === '' ? '' : ` ${attributes}`}>`;
}

export function closeMark(kind: MarkKind, code: string): string {
  return `</${kind}-${code}>`;
}

/** Whether marks stand in a text that this program made; such a text holds none that others wrote. */
export function hasMarks(text: string): boolean {
  return markStart.test(text);
}

/**
 * Text from outside as it may stand before the model: without what nobody sees, and without what looks like a mark, in
 * whatever width its letters are. So it cannot seem to end its own mark, nor to begin another.
 */
export function withoutMarks(text: string): string {
  return cleanText(text).replaceAll(likeMark, '‹');
}

const markStart = new RegExp(`<(?:${kinds.join('|')})[- ]`);
const likeMark = new RegExp(
  String.raw`[<＜﹤‹〈⟨❮《«˂ᐸ](?=[\s\/\\／＼⁄∕⧸]{0,8}(?:${kinds.map(toAnyWidth).join('|')}))`,
  'giu',
);

function toAnyWidth(word: string): string {
  return Array.from(word, (letter) => {
    return letter === '_' ? String.raw`[\s_＿-]{0,2}` : `[${letter}${toFullWidth(letter)}]`;
  }).join('');
}

function toFullWidth(letter: string): string {
  return String.fromCodePoint(letter.charCodeAt(0) + 0xfee0);
}
