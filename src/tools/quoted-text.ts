import { cleanText } from '../lib/clean-text.ts';

/** Text from people as a quotation: each line marked, so that nothing in it can end the quotation. */
export function toQuotedLines(text: string): string {
  return cleanText(text)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
