/**
 * A table in plain text that is also valid Markdown as prettier writes it: numbers to the right, and the first
 * `textColumns` to the left.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns = 0,
): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const toLine = (cells: readonly string[]): string =>
    `| ${widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return column < textColumns ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' | ')} |`;
  const rules = widths.map((width, column) =>
    column < textColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [toLine(header), `| ${rules.join(' | ')} |`, ...rows.map(toLine)].join('\n');
}
