/**
 * Control, zero-width and bidirectional characters: they hide text or turn it round. Line feed and tab stay; so
 * do the zero-width joiners, which emoji and some scripts need.
 */
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text from people as a quotation: each line marked, so that nothing in it can end the quotation. */
export function toQuotedLines(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
