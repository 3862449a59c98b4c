import type { StoreReport } from '../storage/check-store.ts';

const MAX_LISTED = 20;

export function isInOrder({ damage, schemaVersion, currentVersion, unreadable }: StoreReport): boolean {
  const isKnown = schemaVersion > 0 && schemaVersion <= currentVersion;
  return damage.length === 0 && isKnown && unreadable.length === 0;
}

/** The report in plain words, one fact to a line. */
export function toReportLines(path: string, report: StoreReport): string[] {
  const { damage, runs, claims, entries, unreadable } = report;
  const total = [...entries.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...entries].map(([namespace, count]) => `${namespace} ${count}`);
  return [
    `Store       ${path}`,
    `Integrity   ${damage.length === 0 ? 'ok' : 'broken'}`,
    ...damage.map((line) => `            ${toLine(line)}`),
    `Schema      ${describeVersion(report)}`,
    `Runs        ${runs} not ended yet`,
    `Claims      ${claims}`,
    `Entries     ${[total, ...(kinds.length > 0 ? [`(${kinds.join(', ')})`] : [])].join(' ')}`,
    `Unreadable  ${unreadable.length}`,
    ...unreadable
      .slice(0, MAX_LISTED)
      .map(({ record, reason }) => `            ${record}: ${toLine(reason)}`),
    ...(unreadable.length > MAX_LISTED ? [`            and ${unreadable.length - MAX_LISTED} more`] : []),
  ];
}

function describeVersion({ schemaVersion: version, currentVersion: current }: StoreReport): string {
  if (version === current) return `${version}, current`;
  if (version === 0) return 'none: this is no store of Switchboard';
  return version < current
    ? `${version}, brought to ${current} at the next start`
    : `${version}, of a newer version of Switchboard: this one knows ${current}`;
}

/** Reasons of schemas take several lines. */
function toLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}
