import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../src/config.ts';
import type { FromBot, ToBot } from './bot.ts';
import type { Census } from './census.ts';

const script = fileURLToPath(new URL('bot.ts', import.meta.url));

export interface SoakedBot {
  /** Runs at work or waiting, and requests not answered yet, as its metrics say. */
  busy(): Promise<number>;
  sample(): Promise<Census & { readonly warnings: number }>;
  stop(): Promise<void>;
}

/** Resolves when the bot answers. */
export async function startSoakedBot(environment: Environment): Promise<SoakedBot> {
  const child = fork(script, {
    env: { ...process.env, ...environment },
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
  });
  let isStopping = false;
  const died = once(child, 'exit').then(([code]) => {
    if (!isStopping) throw new Error(`The bot ended by itself, with code ${String(code)}`);
  });
  // Whoever waits for a message is told; between two of them nobody is.
  died.catch(() => undefined);
  const next = async <Kind extends FromBot['kind']>(
    kind: Kind,
  ): Promise<Extract<FromBot, { kind: Kind }>> => {
    const [message] = (await Promise.race([once(child, 'message'), died])) as [FromBot];
    if (message.kind !== kind) throw new Error(`The bot said ${message.kind}, not ${kind}`);
    return message as Extract<FromBot, { kind: Kind }>;
  };
  const tell = (message: ToBot): void => {
    child.send(message);
  };
  const { httpPort } = await next('ready');
  return {
    async busy() {
      const response = await fetch(`http://127.0.0.1:${String(httpPort)}/metrics`);
      const text = await response.text();
      const read = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
      return read('switchboard_runs_active') + read('switchboard_runs_pending');
    },
    async sample() {
      tell('sample');
      const { census, warnings } = await next('sample');
      return { ...census, warnings };
    },
    async stop() {
      isStopping = true;
      tell('stop');
      await died;
    },
  };
}
