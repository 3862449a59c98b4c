/** The first `maxLength` characters of a text; where that splits a surrogate pair, its half becomes U+FFFD. */
export function cutText(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed();
}

/** The same with an ellipsis as its last character, where something is missing. */
export function shorten(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${cutText(text, maxLength - 1).trimEnd()}…`;
}

/** `maxLength` characters of a text, and below them the note that something is missing. */
export function shortenWithNote(text: string, maxLength: number, note: string): string {
  return text.length <= maxLength ? text : `${cutText(text, maxLength)}\n${note}`;
}

/** The beginning of a text with a notice for the model, at most `maxLength` characters in all. */
export function capText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const notice = toNotice(text.length);
  if (notice.length >= maxLength) return sliceWhole(text, 0, maxLength);
  return sliceWhole(text, 0, maxLength - notice.length) + notice;
}

/** Beginning and end of a text around a notice, at most `maxLength` characters in all. */
export function cutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const notice = toNotice(text.length);
  if (notice.length >= maxLength) return sliceWhole(text, 0, maxLength);
  const keep = maxLength - notice.length;
  const head = Math.ceil(keep * 0.6);
  return sliceWhole(text, 0, head) + notice + sliceWhole(text, text.length - (keep - head), text.length);
}

function toNotice(length: number): string {
  return `\n[… shortened from ${length} characters …]\n`;
}

/** `text.slice`, a character shorter where a cut would split a surrogate pair. */
function sliceWhole(text: string, start: number, end: number): string {
  const from = isSplit(text, start) ? start + 1 : start;
  const to = isSplit(text, end) ? end - 1 : end;
  return text.slice(from, Math.max(from, to));
}

function isSplit(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return false;
  return (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}
