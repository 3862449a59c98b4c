import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fillStore } from './bot/fill-store.ts';
import { toGoals, toMeasures, type BotFigures } from './bot/goals.ts';
import { measureBusyBot, measureStart, measureWaitingRuns, type BotBenchOptions } from './bot/measure-bot.ts';
import { describeMachine, writeSection } from './document.ts';
import { formatTable } from './table.ts';

const usage = `Usage: npm run bench -- bot [options]

  The whole bot as an operator starts it, in a process of its own with everything on and its store in SQLite; Discord
  and the model are processes of their own. Exit code 1 where an answer was lost. Takes about four minutes.

  --people 1000            who ask at once
  --waiting 10000          runs that wait
  --conversations 100000   in the store that the bot starts with
  --profile DIR            CPU profiles of the bot's processes
  --write                  puts the table into docs/performance.md`;

/** Of so many starts the median counts; one before them fills the compile cache. */
const STARTS = 5;

export async function benchmarkBot(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'string', default: '1000' },
      waiting: { type: 'string', default: '10000' },
      conversations: { type: 'string', default: '100000' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [people, waiting, conversations] = [values.people, values.waiting, values.conversations].map(Number);
  if (values.help || !people || !waiting || !conversations) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-bot-'));
  try {
    const options: BotBenchOptions = {
      people,
      waiting,
      directory,
      nodeOptions:
        values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`],
      log: (line) => process.stderr.write(`${line}\n`),
    };
    const startMs = await measureStarts(options, conversations);
    const busy = await measureBusyBot(options);
    const figures = {
      people,
      waiting,
      conversations,
      startMs,
      busy,
      idle: await measureWaitingRuns(options),
    };
    const report = toReport(figures, ['npm run bench -- bot', ...args].join(' '));
    console.log(`\n${report}`);
    if (busy.plain.lost + busy.plain.duplicated + busy.tools.lost + busy.tools.duplicated > 0) {
      console.error('\nAnswers were lost or shown twice.');
      process.exitCode = 1;
    }
    if (values.write) await writeSection({ name: 'bot', title: 'The whole bot', body: report });
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function measureStarts(options: BotBenchOptions, conversations: number): Promise<number> {
  options.log(`filling a store with ${conversations} conversations`);
  fillStore(join(options.directory, 'full.db'), { conversations, turnsEach: 2 });
  await measureStart(options, 'full');
  const measured: number[] = [];
  while (measured.length < STARTS) measured.push(await measureStart(options, 'full'));
  options.log(`starts: ${measured.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  return measured.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN;
}

function toReport(figures: BotFigures, command: string): string {
  const { people } = figures;
  return [
    `\`${command}\`, ${describeMachine()}. The bot is the process that an operator starts, with everything on and its`,
    `store in SQLite; the local Discord and the scripted model are processes of their own on the same machine.`,
    `${people.toLocaleString('en')} people ask at once in channels of ten, without Discord's limits (and over four seconds, where`,
    'it is about runs at work: each of those is streamed for twenty seconds, with an edit a second); each answer has 40',
    'tokens and is checked to arrive whole and once. Of three crowds of a kind, and of three windows while all are at work, the',
    'middle one counts; of what is lost or shown twice, all. CPU is that of all threads of the bot. Memory is what is alive',
    'after a collection of garbage; resident memory is the whole process, with the 60 MB that Node and its HTTP take.',
    '',
    formatTable(['', 'goal', 'measured', ''], toGoals(figures), 1),
    '',
    'Beside the goals:',
    '',
    formatTable(['', 'measured'], toMeasures(figures), 1),
  ].join('\n');
}
