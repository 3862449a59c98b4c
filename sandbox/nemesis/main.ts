import { writeFileSync } from 'node:fs';
import { FlagError } from '../flags.ts';
import { parseNemesisFlags, usage, type NemesisFlags } from './flags.ts';
import { formatNemesisReport, isFlawless } from './report.ts';
import { runNemesis } from './run-nemesis.ts';

async function main(
  { seed = Math.floor(Math.random() * 1e9), minutes, people, kills, kinds, log }: NemesisFlags,
  signal: AbortSignal,
): Promise<number> {
  const report = await runNemesis({
    seed,
    people,
    kinds,
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

function readFlags(): NemesisFlags | undefined {
  try {
    return parseNemesisFlags(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort();
});
const flags = readFlags();
if (flags?.help === true) console.log(usage);
else if (flags) process.exitCode = await main(flags, interrupted.signal);
