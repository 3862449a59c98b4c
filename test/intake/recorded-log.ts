import { createLog, type Log } from '../../src/observability/log.ts';

export interface RecordedLog {
  readonly log: Log;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** A real log that writes to an array. */
export function recordLog(): RecordedLog {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  return { log: createLog({ level: 'info', secrets: [], destination }), lines };
}
