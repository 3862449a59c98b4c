import { parseArgs } from 'node:util';
import { FlagError, toFlagError, toInteger } from '../flags.ts';
import { allKinds, faultKinds, kindWords, type FaultKind } from './kinds.ts';

/** Lined up under the flags. */
function describeKinds(): string {
  return faultKinds.map((kind) => `                ${kind.padEnd(12)} ${kindWords[kind]}`).join('\n');
}

export const usage = `Usage: npm run nemesis -- [options]

People talk with the bot, a process of its own, while everything around it breaks and it is killed again and again.
Then it is checked that each question had one end. The same seed gives the same people and the same faults.

  --seed N      whole number (a new one)
  --minutes M   how long faults come, 0.1 to 600 (1)
  --kills K     K times kill -9 at random moments, as long as that takes
  --faults KIND,KIND…   what else goes wrong, of these (all; none):
${describeKinds()}
  --people P    1 to 1000 (20)
  --log FILE    where to write the history and the bot's log
  --help        this text

Ends with 0 where every promise was kept, with 1 where one was broken: then the seed and the history are printed.
`;

export interface NemesisFlags {
  /** undefined: a new one. */
  readonly seed: number | undefined;
  readonly minutes: number;
  readonly kills: number | undefined;
  readonly kinds: ReadonlySet<FaultKind>;
  readonly people: number;
  readonly log: string | undefined;
  readonly help: boolean;
}

const MAX_SEED = 999_999_999;

/** Throws FlagError. */
export function parseNemesisFlags(args: readonly string[]): NemesisFlags {
  const { seed, minutes, kills, faults, people, log, help = false } = readValues(args);
  if (kills !== undefined && minutes !== undefined) {
    throw new FlagError(
      '--kills takes as long as it takes, and --minutes says how long: leave one of them out.',
    );
  }
  return {
    seed: toInteger('seed', seed, 0, MAX_SEED),
    minutes: toMinutes(minutes),
    kills: toInteger('kills', kills, 1, 10_000),
    kinds: toKinds(faults),
    people: toInteger('people', people, 1, 1_000) ?? 20,
    log,
    help,
  };
}

function readValues(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...{ seed: text, minutes: text, people: text, kills: text, faults: text, log: text },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw toFlagError(error);
  }
}

function toMinutes(text = '1'): number {
  const value = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.1 && value <= 600) return value;
  throw new FlagError(`--minutes takes a number from 0.1 to 600, not "${text}".`);
}

function toKinds(text = 'all'): ReadonlySet<FaultKind> {
  if (text === 'all') return allKinds;
  if (text === 'none') return new Set();
  return new Set(
    text.split(',').map((name) => {
      const kind = faultKinds.find((known) => known === name);
      if (kind) return kind;
      throw new FlagError(
        `--faults takes ${faultKinds.join(', ')}, parted by commas, all or none, not "${name}".`,
      );
    }),
  );
}
