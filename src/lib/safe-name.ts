const maxNameCharacters = 32;

/**
 * A display name as it may stand before the model: on one line, without control, direction and invisible
 * characters, and without the brackets, quotes and colons that mark provenance in the prompt, or the marks of bold text.
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
  const visible = name
    .slice(0, 200)
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/[[\]<>"`:*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return Array.from(visible).slice(0, maxCharacters).join('').trim();
}
