import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatNemesisReport, isFlawless } from './report.ts';
import { runNemesis } from './run-nemesis.ts';

const usage = `Usage: npm run nemesis -- [options]

People talk with the bot, a process of its own, while everything around it breaks and it is killed again and again.
Then it is checked that each question had one end. The same seed gives the same people and the same faults.

  --seed N      (a new one)
  --minutes M   how long faults come (1)
  --people P    (20)
  --kills K     K times kill -9 at random moments and no other fault, as long as that takes
  --log FILE    where to write the history and the bot's log
`;

interface Flags {
  readonly seed: number;
  readonly minutes: number;
  readonly people: number;
  readonly kills: number | undefined;
  readonly log: string | undefined;
}

function readFlags(args: readonly string[]): Flags | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { seed: text, minutes: text, people: text, kills: text, log: text, help: { type: 'boolean' } },
  });
  if (values.help === true) return undefined;
  return {
    seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
    minutes: Number(values.minutes ?? 1),
    people: Number(values.people ?? 20),
    kills: values.kills === undefined ? undefined : Number(values.kills),
    log: values.log,
  };
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const flags = readFlags(args);
  if (!flags || [flags.seed, flags.minutes, flags.people, flags.kills ?? 0].some(Number.isNaN)) {
    console.log(usage);
    return flags ? 2 : 0;
  }
  const { seed, minutes, people, kills, log } = flags;
  const report = await runNemesis({
    seed,
    people,
    durationMs: minutes * 60_000,
    ...(kills === undefined ? {} : { kills }),
    onProgress: (line) => {
      console.log(line);
    },
    signal,
  });
  console.log(`\n${formatNemesisReport(report)}`);
  if (log !== undefined) writeFileSync(log, [...report.history.lines(), '', ...report.log, ''].join('\n'));
  return isFlawless(report) ? 0 : 1;
}

const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort();
});
process.exitCode = await main(process.argv.slice(2), interrupted.signal);
