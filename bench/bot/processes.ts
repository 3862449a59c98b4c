import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimulatorOptions } from '../../sandbox/discord/types.ts';
import type { Environment } from '../../src/config.ts';
import { createCall, type Call, type Calls } from './calls.ts';
import type { DiscordCalls } from './discord-host.ts';
import type { ModelCalls } from './model-host.ts';
import type { ProbeCalls } from './probe.ts';

/** As package.json and the Dockerfile start it. */
const NODE_OPTIONS = ['--max-semi-space-size=8'];
const PROBE = new URL('probe.ts', import.meta.url).href;
const ROOT = toFile('../..');
const START_TIMEOUT_MS = 60_000;

/** A process of the benchmark; ends it where it is disposed of. */
export interface Host<Call> extends AsyncDisposable {
  readonly call: Call;
}

export interface BotHost extends Host<Call<ProbeCalls>> {
  /** From the start of the process until it said that it is ready, ms. */
  readonly startMs: number;
}

export function startDiscordHost(options: SimulatorOptions): Host<Call<DiscordCalls>> {
  return toHost(fork(toFile('discord-host.ts'), [JSON.stringify(options)]));
}

export function startModelHost(): Host<Call<ModelCalls>> {
  return toHost(fork(toFile('model-host.ts')));
}

/** A process that offers calls of its own. */
export function startHost<Offered extends Calls>(file: URL): Host<Call<Offered>> {
  return toHost(fork(file));
}

export interface BotHostOptions {
  /** For its process, for instance `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
  /** Of the checkout that is started; this one by default. */
  readonly root?: string;
}

/** The bot as an operator starts it. */
export async function startBotHost(
  environment: Environment,
  { nodeOptions = [], root = ROOT }: BotHostOptions = {},
): Promise<BotHost> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', PROBE, ...NODE_OPTIONS, ...nodeOptions, join(root, 'src/start.js')],
    {
      // As src/start.js sets it, but for the probe as well, which is loaded before.
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/switchboard'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  const host: Host<Call<ProbeCalls>> = toHost(child);
  try {
    await untilReady(child);
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return { ...host, startMs: performance.now() - startedAt };
}

async function untilReady(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const late = setTimeout(reject, START_TIMEOUT_MS, new Error('The bot was not ready in time'));
  child.once('exit', (code) => {
    reject(new Error(`The bot ended before it was ready (${String(code)})`));
  });
  let errorsToShow = 5;
  // Read to its end: a log that nobody reads would fill its pipe.
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('"msg":"ready"')) resolve(undefined);
    for (const line of text.split('\n')) {
      if (!/"level":"(?:error|fatal)"/.test(line) || errorsToShow === 0) continue;
      errorsToShow -= 1;
      console.error(line.slice(0, 500));
    }
  });
  try {
    await promise;
  } finally {
    clearTimeout(late);
  }
}

export function toHost<T>(child: ChildProcess): Host<T> {
  const exited = once(child, 'exit');
  return {
    call: createCall(child) as T,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function toFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
