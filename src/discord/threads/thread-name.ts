import { cleanText } from '../../lib/clean-text.ts';
import { MAX_THREAD_NAME_CHARACTERS } from '../limits.ts';

/** Of a name made of other words; what is longer is not read in a list of threads. */
const MAX_NAME_CHARACTERS = 60;
/** So much of a text is looked at. */
const MAX_SOURCE_CHARACTERS = 400;

/** A title that a person gave; undefined where it has no word. */
export function toThreadTitle(title: string): string | undefined {
  return shorten(toPlainLine(title), MAX_THREAD_NAME_CHARACTERS);
}

/** The first words of a text as the name of a thread; undefined where no word is left. */
export function toThreadName(text: string): string | undefined {
  return shorten(toPlainLine(text).replaceAll(/[*_~`>#|[\]<]/g, ''), MAX_NAME_CHARACTERS);
}

/** A title that a model gave, without what models like to put around it; undefined where it gave none. */
export function parseTitle(reply: string): string | undefined {
  const [line = ''] = reply.trim().split('\n', 1);
  const title = line
    .slice(0, MAX_SOURCE_CHARACTERS)
    .replace(/^\W{0,4}title\W{1,4}/i, '')
    .replace(/^["'“„«\s]+/, '')
    .replace(/["'”“»\s.]+$/, '');
  return toThreadName(title);
}

/** One line of what is seen of a text. */
function toPlainLine(text: string): string {
  return cleanText(text.slice(0, MAX_SOURCE_CHARACTERS))
    .replaceAll(/[\p{Cn}\p{Co}]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function shorten(line: string, maxCharacters: number): string | undefined {
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(line)) return undefined;
  // Counted as Discord does, and no character is cut in two.
  if (line.length <= maxCharacters) return line;
  const cut = line.slice(0, maxCharacters - 1).replace(/[\uD800-\uDBFF]$/, '');
  const lastSpace = cut.lastIndexOf(' ');
  const whole = lastSpace > maxCharacters / 2 ? cut.slice(0, lastSpace) : cut;
  return `${whole.replace(/[\s,;:.–-]{1,10}$/, '')}…`;
}
