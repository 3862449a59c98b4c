import { cleanText } from './clean-text.ts';

const maxNameCharacters = 32;

/**
 * A display name as it may stand before the model: on one line, without what nobody sees, and without the brackets,
 * quotes and colons that mark provenance in the prompt, or the marks of bold text, in whatever width they are written.
 */
export function toSafeName(name: string): string {
  return clean(name, maxNameCharacters) || 'someone';
}

const maxFileNameCharacters = 80;

/** The same of a file's name. */
export function toSafeFileName(name: string): string {
  return clean(name, maxFileNameCharacters) || 'file';
}

function clean(name: string, maxCharacters: number): string {
  // A line of its own, a blank that is a letter: as a space they keep words apart.
  const spaced = name.slice(0, 200).replaceAll(/[\p{Cc}\p{Cn}\p{Co}\p{Zl}\p{Zp}\u2800\u3164\uffa0]/gu, ' ');
  const visible = cleanText(spaced.normalize('NFKC'))
    .replaceAll(/[[\]<>"`:*∶꞉‹›]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // Half of what was joined is joined to nothing.
  return cleanText(Array.from(visible).slice(0, maxCharacters).join('')).trim();
}
