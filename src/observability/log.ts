import { pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Logger } from 'pino';
import type { LogLevel } from '../config.ts';
import { createRedactor } from './redact.ts';

/** Lines of JSON. `child({ runId, userId, channelId })` gives a log that adds those to every line. */
export type Log = Logger;

export interface LogOptions {
  readonly level: LogLevel;
  /** Values that must never be written, whatever they are part of. */
  readonly secrets: readonly string[];
  /** Standard output when absent. */
  readonly destination?: LogDestination;
}

export interface LogDestination {
  /** Takes one line, its end included. */
  write(line: string): void;
  flushSync?(): void;
}

export function createLog({ level, secrets, destination = standardOutput() }: LogOptions): Log {
  const redact = createRedactor(secrets);
  // pino calls `flushSync` after a fatal line, though its type does not say so.
  const output: LogDestination = {
    write: (line) => {
      destination.write(redact(line));
    },
    flushSync: () => destination.flushSync?.(),
  };
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: toLoggedError, cause: toLoggedError },
    },
    output,
  );
}

/** Does not hold up the event loop; what is left is written when the process exits. */
function standardOutput(): LogDestination {
  return pino.destination({ dest: 1, sync: false });
}

function toLoggedError(value: unknown): unknown {
  return value instanceof Error ? stdSerializers.err(value) : value;
}
