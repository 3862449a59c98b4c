import { toUploadName } from '../../lib/upload-name.ts';

/** A file that goes with a message. */
export interface OutgoingFile {
  readonly name: string;
  readonly contentType: string;
  readonly data: string | Uint8Array;
}

/** Endings that are languages as well. */
const ENDINGS: ReadonlySet<string> = new Set(
  'c cpp h hpp cs css csv dart diff go html ini java js json jsx kt less lua md php pl py r rb rs scala scss sh sql svg swift tex toml ts tsx txt vue xml yaml yml zig'.split(
    ' ',
  ),
);

/** A map, since the word is the model's: an object would know `constructor`. */
const ENDINGS_BY_LANGUAGE: ReadonlyMap<string, string> = new Map([
  ['c#', 'cs'],
  ['c++', 'cpp'],
  ['bash', 'sh'],
  ['csharp', 'cs'],
  ['golang', 'go'],
  ['javascript', 'js'],
  ['kotlin', 'kt'],
  ['latex', 'tex'],
  ['markdown', 'md'],
  ['perl', 'pl'],
  ['python', 'py'],
  ['ruby', 'rb'],
  ['rust', 'rs'],
  ['shell', 'sh'],
  ['typescript', 'ts'],
  ['zsh', 'sh'],
]);

/** `language`: as it stands behind the fence. `taken`: the names that the answer has already. */
export function toCodeFileName(language: string, taken: ReadonlySet<string>): string {
  const word = language.toLowerCase();
  const ending = ENDINGS_BY_LANGUAGE.get(word) ?? (ENDINGS.has(word) ? word : 'txt');
  return toNewName('code', ending, taken);
}

export function toTableFileName(taken: ReadonlySet<string>): string {
  return toNewName('table', 'csv', taken);
}

function toNewName(stem: string, ending: string, taken: ReadonlySet<string>): string {
  let name = toUploadName(`${stem}.${ending}`);
  for (let number = 2; taken.has(name); number += 1) name = toUploadName(`${stem}-${number}.${ending}`);
  return name;
}

/** `lines`: header, delimiter and rows of a Markdown table. */
export function toCsv(lines: readonly string[]): string {
  return lines
    .filter((_, index) => index !== 1)
    .map((line) => `${toCells(line).map(toCsvCell).join(',')}\r\n`)
    .join('');
}

function toCells(line: string): string[] {
  // A pipe within a cell is written with a backslash.
  const cells = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function toCsvCell(text: string): string {
  // A spreadsheet would compute what begins so, and the text may come from anybody.
  const isNumber = /^[-+]?\d[\d.,]*%?$/.test(text);
  const harmless = /^[=+\-@\t]/.test(text) && !isNumber ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
