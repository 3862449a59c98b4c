import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { describeMachine, writeSection } from './document.ts';
import { measureAlone } from './first-text/measure-alone.ts';
import { toReport, type Measured } from './first-text/report.ts';
import { OURS, STEADY_FLOOR } from './peers/contenders.ts';
import type { Load } from './peers/measure.ts';
import { measureFresh } from './peers/measure-fresh.ts';

const usage = `Usage: npm run bench -- first-text [options]

  How long a person waits for the first words: from the model's first token to the text in the channel, alone with an
  idle bot, and from the question to the text at an even pace of runs, beside the same by hand. Each in turns with
  another checkout of this project, so that what the machine does meanwhile falls on both.

  --against DIR   another checkout, with its own node_modules
  --repeat 3      turns
  --questions 5   of the person who is alone with the bot, in each turn
  --rate 100      runs that begin each second
  --seconds 10    for so long
  --write         puts the tables into docs/performance.md`;

const WARM_UP_RUNS = 50;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

export async function benchmarkFirstText(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      against: { type: 'string' },
      repeat: { type: 'string', default: '3' },
      questions: { type: 'string', default: '5' },
      rate: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '10' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [repeat, questions, perSecond, seconds] = [
    values.repeat,
    values.questions,
    values.rate,
    values.seconds,
  ].map(Number);
  const roots = [ROOT, ...(values.against === undefined ? [] : [resolve(values.against)])];
  const isCheckout = (root: string): boolean => existsSync(join(root, 'bench/peers/measure.ts'));
  if (values.help || !repeat || !questions || !perSecond || !seconds || !roots.every(isCheckout)) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const load: Load = { kind: 'steady', perSecond, seconds };
  const names = await Promise.all(roots.map(describeCheckout));
  const byHand: Measured = { name: 'by hand (undici dispatch)', alone: [], steady: [] };
  const ours: Measured[] = names.map((name) => ({ name, alone: [], steady: [] }));
  for (let turn = 1; turn <= repeat; turn += 1) {
    process.stderr.write(`turn ${String(turn)} of ${String(repeat)}\n`);
    byHand.steady.push(await measureFresh(STEADY_FLOOR, load, WARM_UP_RUNS));
    for (const [index, root] of roots.entries()) {
      ours[index]?.steady.push(await measureFresh(OURS, load, WARM_UP_RUNS, root));
      ours[index]?.alone.push(...(await measureAlone(root, questions)));
    }
  }
  const report = toReport(byHand, ours, { perSecond, seconds, repeat, questions });
  console.log(`\n${report.text}`);
  if (!report.isMet) process.exitCode = 1;
  // Where another checkout lies on this machine says nothing.
  const shownArgs = args.map((arg) => (arg === values.against ? 'DIR' : arg));
  const command = ['npm run bench -- first-text', ...shownArgs].join(' ');
  const body = `\`${command}\`, ${describeMachine()}.\n\n${report.text}`;
  if (values.write) await writeSection({ name: 'first-text', title: 'First text', body });
}

/** The commit of a checkout. */
async function describeCheckout(root: string): Promise<string> {
  const { stdout } = await run('git', ['-C', root, 'describe', '--always', '--dirty', '--exclude', '*']);
  return stdout.trim();
}
