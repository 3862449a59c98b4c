const MAX_LENGTH = 16;

/** What stands behind a code fence for a file of that name: its ending, where that is a plain word. */
export function toLanguage(fileName: string): string {
  const ending = /\.([a-z\d+#-]+)$/i.exec(fileName)?.[1] ?? '';
  return ending.length <= MAX_LENGTH ? ending.toLowerCase() : '';
}
