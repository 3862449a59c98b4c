import { parseArgs } from 'node:util';

export interface SandboxFlags {
  /** People who ask at once; undefined for the page. */
  readonly crowd: number | undefined;
  readonly channels: number | undefined;
  readonly questions: number;
  readonly tokens: number | undefined;
  readonly edits: 'budgeted' | 'every-second';
  readonly port: number;
  readonly store: string;
  readonly help: boolean;
}

export const usage = `Usage: npm run sandbox -- [options]

Without options: a local Discord with the bot in it, on a page at http://127.0.0.1:3000.

  --port N        port of the page (3000; 0 picks one)
  --store URL     where the bot keeps its memory (memory://; sqlite://data/sandbox.db keeps it)

  --crowd N       no page: N people ask at once, and what they saw is counted
  --channels C    channels that they are spread over (one for each 10 people)
  --questions Q   questions of each person (1)
  --tokens T      length of each answer in tokens of six characters (20)
  --edits POLICY  budgeted, or every-second: an edit a second for each answer without a budget, as many bots
                  do it, for comparison (budgeted)

  --help          this text
`;

/** A flag that cannot be used, in one plain sentence. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** Throws FlagError. */
export function parseFlags(args: readonly string[]): SandboxFlags {
  const values = readValues(args);
  const crowd = toInteger('crowd', values.crowd, 1, 100_000);
  for (const name of ['channels', 'questions', 'tokens', 'edits'] as const) {
    if (crowd === undefined && values[name] !== undefined) {
      throw new FlagError(`--${name} belongs to --crowd: say how many people ask, for instance --crowd 200.`);
    }
  }
  if (crowd !== undefined && values.port !== undefined) {
    throw new FlagError('--port is of the page, and --crowd shows none: leave one of them out.');
  }
  return {
    crowd,
    channels: toInteger('channels', values.channels, 1, 10_000),
    questions: toInteger('questions', values.questions, 1, 1_000) ?? 1,
    tokens: toInteger('tokens', values.tokens, 10, 100_000),
    edits: toEdits(values.edits),
    port: toInteger('port', values.port, 0, 65_535) ?? 3_000,
    store: values.store ?? 'memory://',
    help: values.help ?? false,
  };
}

function readValues(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        crowd: { type: 'string' },
        channels: { type: 'string' },
        questions: { type: 'string' },
        tokens: { type: 'string' },
        edits: { type: 'string' },
        port: { type: 'string' },
        store: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw toFlagError(error);
  }
}

/** Of what Node's own reading of flags throws. Throws what is no such error. */
export function toFlagError(error: unknown): FlagError {
  if (!(error instanceof TypeError)) throw error;
  // Node's own sentence names the flag; what follows its first full stop is about positional arguments.
  return new FlagError(`${error.message.split('. ')[0] ?? error.message}.`, { cause: error });
}

function toEdits(text = 'budgeted'): SandboxFlags['edits'] {
  if (text === 'budgeted' || text === 'every-second') return text;
  throw new FlagError(`--edits takes budgeted or every-second, not "${text}".`);
}

/** Throws FlagError where it is not written in digits, or outside the bounds. */
export function toInteger(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new FlagError(`--${name} takes a whole number from ${min} to ${max}, not "${text}".`);
}
