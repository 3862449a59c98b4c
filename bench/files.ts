import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toBotEnvironment } from '../sandbox/bot-environment.ts';
import { defaultPace } from '../sandbox/crowd/question.ts';
import type { Work } from './bot/probe.ts';
import { startBotHost, startHost } from './bot/processes.ts';
import { describeMachine, writeSection } from './document.ts';
import type { FileResult, FilesDiscordCalls, PlainResult } from './files/discord-host.ts';
import type { FilesModelCalls } from './files/model-host.ts';
import { formatTable } from './table.ts';

const usage = `Usage: npm run bench -- files [options]

  People ask plain questions at an even pace, first alone, and then while others send messages full of PDFs that were
  crafted to fill memory or to take for ever. Exit code 1 where the bot ends, somebody is not told of each file, or the
  first text of the plain questions comes later than the bound at the 95th percentile. Takes about three minutes.

  --people 20    who send files, all at once
  --files 10     in each of their messages
  --rate 10      plain questions each second
  --seconds 60   of each half
  --bound 100    ms
  --write        puts the table into docs/performance.md`;

const TIMEOUT_MS = 180_000;
const WARM_UP_SECONDS = 5;
const HARMLESS_PEOPLE = 5;

interface FilesBench {
  readonly people: number;
  readonly files: number;
  readonly rate: number;
  readonly seconds: number;
  readonly boundMs: number;
}

export async function benchmarkFiles(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'string', default: '20' },
      files: { type: 'string', default: '10' },
      rate: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '60' },
      bound: { type: 'string', default: '100' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [people, files, rate, seconds, boundMs] = [
    values.people,
    values.files,
    values.rate,
    values.seconds,
    values.bound,
  ].map(Number);
  if (values.help || !people || !files || !rate || !seconds || !boundMs) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const bench = { people, files, rate, seconds, boundMs };
  const measured = await measure(bench);
  const report = toReport(bench, measured);
  console.log(report);
  if (toFaults(bench, measured).length > 0) process.exitCode = 1;
  const command = ['npm run bench -- files', ...args].join(' ');
  const body = `\`${command}\`, ${describeMachine()}.\n\n${report}`;
  if (values.write) await writeSection({ name: 'files', title: 'Files that were made to harm', body });
}

interface Measured {
  readonly asked: number;
  readonly alone: PlainResult & Work;
  readonly beside: PlainResult & Work;
  readonly brought: FileResult;
  /** From the question to the answer of those who bring a harmless PDF meanwhile. */
  readonly harmlessMs: readonly number[];
  readonly rssBytes: number;
}

async function measure({ people, files, rate, seconds }: FilesBench): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-files-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true }));
  const discord = stack.use(startHost<FilesDiscordCalls>(new URL('files/discord-host.ts', import.meta.url)));
  const model = stack.use(startHost<FilesModelCalls>(new URL('files/model-host.ts', import.meta.url)));
  const environment = toBotEnvironment(
    {},
    {
      ...(await discord.call('where')),
      storeUrl: `sqlite://${directory}/files.db`,
      scriptedModelUrl: await model.call('where'),
      overrides: { LOG_LEVEL: 'info', DISCORD_REQUESTS_PER_SECOND: '1000000' },
    },
  );
  const bot = stack.use(await startBotHost(environment));
  let round = 0;
  const ask = async (forSeconds: number): Promise<PlainResult & Work> => {
    round += 1;
    await bot.call('beginWork');
    const { tokens, firstTokenMs: modelMs } = defaultPace;
    const questions = Math.round(rate * forSeconds);
    const plain = { round, questions, perSecond: rate, tokens, modelMs, timeoutMs: TIMEOUT_MS };
    return { ...(await discord.call('askPlainly', plain)), ...(await bot.call('endWork')) };
  };
  await ask(WARM_UP_SECONDS);
  const alone = await ask(seconds);
  const [brought, harmlessMs, beside] = await Promise.all([
    discord.call('bringFiles', { people, files, timeoutMs: TIMEOUT_MS }),
    discord.call('bringHarmless', {
      people: HARMLESS_PEOPLE,
      everyMs: (seconds * 1_000) / (2 * HARMLESS_PEOPLE),
      timeoutMs: TIMEOUT_MS,
    }),
    ask(seconds),
  ]);
  const { rssBytes } = await bot.call('memory');
  return { asked: Math.round(rate * seconds), alone, beside, brought, harmlessMs, rssBytes };
}

/** Files of which a person was told. */
function countTold(answer: string): number {
  return answer.split('\n').filter((line) => line.startsWith('it ')).length;
}

function toFaults(
  { files, boundMs }: FilesBench,
  { asked, alone, beside, brought, harmlessMs }: Measured,
): string[] {
  const laterMs = beside.firstText.p95 - alone.firstText.p95;
  const untold = brought.answers.filter((answer) => countTold(answer) < files).length;
  return [
    ...(laterMs > boundMs
      ? [`The first text came ${laterMs.toFixed(0)} ms later, more than ${boundMs}.`]
      : []),
    ...(untold > 0 ? [`${untold} people were not told of each of their files.`] : []),
    ...(harmlessMs.includes(Infinity) ? ['A harmless PDF was not read.'] : []),
    ...(alone.answered + beside.answered < 2 * asked ? ['Plain questions were not answered.'] : []),
  ];
}

function toReport(bench: FilesBench, measured: Measured): string {
  const { alone, beside, brought, asked, harmlessMs, rssBytes } = measured;
  const toCells = (name: string, result: PlainResult & Work): string[] => [
    name,
    ...[result.firstText.p50, result.firstText.p95, result.firstText.p99, result.firstText.max].map((ms) =>
      ms.toFixed(0),
    ),
    `${result.answered} of ${asked}`,
    result.loopDelayP99Ms.toFixed(0),
    result.loopDelayMaxMs.toFixed(0),
  ];
  const header = [
    'plain questions',
    'first text p50 ms',
    'p95',
    'p99',
    'max',
    'answered',
    'loop p99 ms',
    'max',
  ];
  const words = Map.groupBy(
    brought.answers.flatMap((answer) => answer.split('\n')),
    (line) => line,
  );
  const said = [...words].map(([line, all]) => `- ${all.length} × ${line === '' ? '(no answer)' : line}`);
  const laterMs = beside.firstText.p95 - alone.firstText.p95;
  return [
    formatTable(header, [toCells('alone', alone), toCells('beside the files', beside)], 1),
    '',
    `First text, beyond the model's ${defaultPace.firstTokenMs} ms: ${laterMs.toFixed(0)} ms later at the 95th percentile (bound ${bench.boundMs}).`,
    `${bench.people} people with ${bench.files} crafted PDFs each: all answered after ${(brought.durationMs / 1_000).toFixed(0)} s;`,
    `${harmlessMs.length} with a harmless PDF meanwhile: answered after ${harmlessMs.map((ms) => (ms / 1_000).toFixed(1)).join(', ')} s;`,
    `the bot's own process then held ${(rssBytes / 1024 ** 2).toFixed(0)} MB. What was said of the files:`,
    '',
    ...said,
    ...toFaults(bench, measured).map((fault) => `\n**${fault}**`),
  ].join('\n');
}
