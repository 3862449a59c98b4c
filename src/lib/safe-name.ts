const maxNameCharacters = 32;

/**
 * A display name as it may stand before the model: on one line, without control, direction and invisible
 * characters, and without the brackets, quotes and colons that mark provenance in the prompt, or the marks of bold text.
 */
export function toSafeName(name: string): string {
  const visible = name
    .slice(0, 200)
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/[[\]<>"`:*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return Array.from(visible).slice(0, maxNameCharacters).join('').trim() || 'someone';
}
