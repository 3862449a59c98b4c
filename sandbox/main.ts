import { ConfigError } from '../src/config.ts';
import type { Environment } from '../src/config.ts';
import { namesRealModel } from './bot-environment.ts';
import { formatReport } from './crowd/format-report.ts';
import { createProgress } from './crowd/progress.ts';
import { createCrowdScript, defaultPace } from './crowd/question.ts';
import { isFlawless } from './crowd/report.ts';
import { runCrowd } from './crowd/run-crowd.ts';
import { FlagError, parseFlags, usage } from './flags.ts';
import type { SandboxFlags } from './flags.ts';
import { createSandboxScript } from './model/scripts.ts';
import { startSandbox } from './start-sandbox.ts';

const EXIT_CODES = { ok: 0, failed: 1, usage: 2, config: 78, interrupted: 130 } as const;

/** A local Discord with the bot in it, until `signal` aborts. */
async function showPage(flags: SandboxFlags, outer: Environment, signal: AbortSignal): Promise<number> {
  const isReal = namesRealModel(outer);
  await using sandbox = await startSandbox({
    ...(!isReal && { script: createCrowdScript(defaultPace, createSandboxScript()) }),
    environment: outer,
    storeUrl: flags.store,
    port: flags.port,
  });
  console.log(banner(sandbox.url, sandbox.modelLabel, isReal));
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
  console.log('\n  Stopping …');
  return EXIT_CODES.ok;
}

function banner(url: string, modelLabel: string, isReal: boolean): string {
  const hint = isReal ? '' : ' (set OPENAI_API_KEY or OPENAI_BASE_URL to connect one)';
  return [
    '',
    '  Switchboard is on a Discord of its own, on this machine.',
    '',
    `    Talk to it:  ${url}`,
    `    Model:       ${modelLabel}${hint}`,
    '',
    '  Ctrl-C ends it.',
    '',
  ].join('\n');
}

/** Lets a crowd ask and prints what it saw. */
async function askAsCrowd(
  people: number,
  flags: SandboxFlags,
  outer: Environment,
  signal: AbortSignal,
): Promise<number> {
  const all = people * flags.questions;
  console.log(
    `\n  ${people} people ask ${flags.questions === 1 ? '' : `${flags.questions} questions each `}at once.`,
  );
  console.log('  The scripted model answers, so that each answer can be checked.\n');
  const progress = createProgress(all, process.stdout);
  try {
    const report = await runCrowd({
      people,
      ...(flags.channels === undefined ? {} : { channels: flags.channels }),
      questionsPerPerson: flags.questions,
      pace: { ...defaultPace, tokens: flags.tokens ?? defaultPace.tokens },
      edits: flags.edits,
      storeUrl: flags.store,
      environment: outer,
      onProgress: progress.update,
      signal,
    });
    progress.stop();
    console.log(formatReport(report));
    if (signal.aborted) return EXIT_CODES.interrupted;
    return isFlawless(report) ? EXIT_CODES.ok : EXIT_CODES.failed;
  } finally {
    progress.stop();
  }
}

async function main(args: readonly string[], outer: Environment, signal: AbortSignal): Promise<number> {
  try {
    const flags = parseFlags(args);
    if (flags.help) {
      console.log(usage);
      return EXIT_CODES.ok;
    }
    return await (flags.crowd === undefined
      ? showPage(flags, outer, signal)
      : askAsCrowd(flags.crowd, flags, outer, signal));
  } catch (error) {
    if (error instanceof FlagError) {
      console.error(`${error.message}\n\n${usage}`);
      return EXIT_CODES.usage;
    }
    if (error instanceof ConfigError) {
      console.error(error.message);
      return EXIT_CODES.config;
    }
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      console.error('The port of the page is taken: choose another one with --port, or --port 0 for any.');
      return EXIT_CODES.failed;
    }
    throw error;
  }
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    interrupted.abort();
  });
}
process.exitCode = await main(process.argv.slice(2), process.env, interrupted.signal);
