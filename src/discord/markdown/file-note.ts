import { shorten } from '../../lib/shorten.ts';
import { toHarmlessText } from './harmless-text.ts';

const MAX_HEADINGS = 12;
const MAX_HEADING_CHARACTERS = 60;
const MAX_ENDING_CHARACTERS = 300;
/** More of a line is not looked at. */
const MAX_LINE_CHARACTERS = 1000;
const HEADING = /^ {0,3}#{1,6} (.+)$/;
/** Wherever it stands in a line, as Discord sees it. */
const FENCE = /`{3,}/;

/** Stands below the beginning of an answer that comes as a file: how long it is and what is in it. */
export function toFileNote(text: string): string {
  const characters = text.length.toLocaleString('en');
  const whole = `-# This is only the beginning: the whole answer is in the file, with ${characters} characters.`;
  const contents = describeContents(text);
  return contents === undefined ? `\n\n${whole}` : `\n\n${whole}\n-# ${contents}`;
}

/** By its headings, or where it has none, by how it ends. */
function describeContents(text: string): string | undefined {
  const lines = toProse(text);
  const headings = lines.flatMap((line) => HEADING.exec(line)?.[1] ?? []).map(toWords);
  if (headings.length > 1) {
    const named = headings.slice(0, MAX_HEADINGS).map((heading) => shorten(heading, MAX_HEADING_CHARACTERS));
    const more = headings.length > named.length ? ` · and ${headings.length - named.length} more` : '';
    return `In it: ${named.join(' · ')}${more}`;
  }
  const ending = toWords(lines.findLast((line) => line.trim() !== '') ?? '');
  return ending === '' ? undefined : `It ends: “${shorten(ending, MAX_ENDING_CHARACTERS)}”`;
}

/** The lines outside of code blocks. */
function toProse(text: string): readonly string[] {
  const prose = text.split(FENCE).filter((_, index) => index % 2 === 0);
  return prose.join(' ').split(/\r?\n/);
}

/** As they may stand in the note: what was no link in the answer is none here. */
function toWords(line: string): string {
  return toHarmlessText(toPlain(line));
}

/** Marks that would reach beyond the note are left out, and no link becomes another by being cut. */
function toPlain(line: string): string {
  return line
    .slice(0, MAX_LINE_CHARACTERS)
    .replaceAll(/[*_~|`<>[\]()#]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
