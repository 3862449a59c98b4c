import { cleanText } from '../lib/clean-text.ts';
import { cutText } from '../lib/shorten.ts';

/** A text of a file, from the beginning. */
export interface DecodedText {
  readonly text: string;
  /** There is more than was decoded. */
  readonly isCut: boolean;
}

/** Bytes of one UTF-8 character at most. */
const MAX_CHARACTER_BYTES = 4;
/** Share of control characters from which bytes are no text. */
const MAX_CONTROL_SHARE = 0.01;

/**
 * Reads UTF-8, UTF-16 (with a mark, or where every second byte of Latin text is empty), and else the old Western
 * encoding of Windows. Undefined where the bytes are no text. Work and memory are bounded by `maxCharacters`.
 */
export function decodeText(bytes: Uint8Array, maxCharacters: number): DecodedText | undefined {
  const head = bytes.subarray(0, maxCharacters * MAX_CHARACTER_BYTES);
  const encoding = toEncoding(head);
  if (encoding === undefined) return undefined;
  const decoded = new TextDecoder(encoding).decode(head);
  if (countControls(decoded) > decoded.length * MAX_CONTROL_SHARE) return undefined;
  const text = cleanText(decoded);
  const isCut = head.length < bytes.length || text.length > maxCharacters;
  return { text: isCut ? cutText(text, maxCharacters) : text, isCut };
}

function toEncoding(head: Uint8Array): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const zeros = countZeros(head);
  if (zeros.even + zeros.odd === 0) return isUtf8(head) ? 'utf-8' : 'windows-1252';
  // Latin letters in UTF-16 have an empty byte each, always on the same side.
  const many = head.length / 4;
  if (zeros.odd > many && zeros.even === 0) return 'utf-16le';
  if (zeros.even > many && zeros.odd === 0) return 'utf-16be';
  return undefined;
}

function countZeros(bytes: Uint8Array): { even: number; odd: number } {
  const zeros = { even: 0, odd: 0 };
  for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, at + 1)) {
    zeros[at % 2 === 0 ? 'even' : 'odd'] += 1;
  }
  return zeros;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    // `stream`: a character cut at the end is no error.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function countControls(text: string): number {
  return text.match(/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/g)?.length ?? 0;
}
