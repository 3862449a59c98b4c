import type { OutgoingFile } from './outgoing-file.ts';

/** Endings that are languages as well. */
const ENDINGS: ReadonlySet<string> = new Set(
  'c cpp h hpp cs css csv dart diff go html ini java js json jsx kt less lua md php pl py r rb rs scala scss sh sql svg swift tex toml ts tsx txt vue xml yaml yml zig'.split(
    ' ',
  ),
);

const ENDINGS_BY_LANGUAGE: Readonly<Record<string, string>> = {
  'c#': 'cs',
  'c++': 'cpp',
  bash: 'sh',
  csharp: 'cs',
  golang: 'go',
  javascript: 'js',
  kotlin: 'kt',
  latex: 'tex',
  markdown: 'md',
  perl: 'pl',
  python: 'py',
  ruby: 'rb',
  rust: 'rs',
  shell: 'sh',
  typescript: 'ts',
  zsh: 'sh',
};

/** `language`: as it stands behind the fence. `files`: those that the answer has already. */
export function toCodeFileName(language: string, files: readonly OutgoingFile[]): string {
  const word = language.toLowerCase();
  const ending = ENDINGS_BY_LANGUAGE[word] ?? (ENDINGS.has(word) ? word : 'txt');
  return toNewName('code', ending, files);
}

export function toTableFileName(files: readonly OutgoingFile[]): string {
  return toNewName('table', 'csv', files);
}

function toNewName(stem: string, ending: string, files: readonly OutgoingFile[]): string {
  const names = new Set(files.map(({ name }) => name));
  let name = `${stem}.${ending}`;
  for (let number = 2; names.has(name); number += 1) name = `${stem}-${number}.${ending}`;
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
