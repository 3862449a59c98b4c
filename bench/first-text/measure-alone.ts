import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { toBotEnvironment } from '../../sandbox/bot-environment.ts';
import type { Call } from '../bot/calls.ts';
import { startBotHost, toHost } from '../bot/processes.ts';
import type { AskedAlone, SceneCalls } from './scene-host.ts';

/** What belongs to the start, and to the answer before, is over. */
const IDLE_MS = 1_500;
const SCENE = fileURLToPath(new URL('scene-host.ts', import.meta.url));

/**
 * One person asks a bot that has nothing else to do, as an operator starts it, with Discord's limits, again and again.
 * `root`: the checkout of the bot.
 */
export async function measureAlone(root: string, questions: number): Promise<AskedAlone[]> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-bench-'));
  try {
    await using stack = new AsyncDisposableStack();
    const scene = stack.use(toHost<Call<SceneCalls>>(fork(SCENE)));
    const { apiUrl, token, modelUrl } = await scene.call('where');
    const environment = toBotEnvironment(
      {},
      {
        apiUrl,
        token,
        storeUrl: `sqlite://${directory}/bench.db`,
        scriptedModelUrl: modelUrl,
        overrides: { LOG_LEVEL: 'info' },
      },
    );
    stack.use(await startBotHost(environment, { root }));
    // The first one loads what comes with the first question.
    await delay(IDLE_MS);
    await scene.call('ask');
    const asked: AskedAlone[] = [];
    while (asked.length < questions) {
      await delay(IDLE_MS);
      asked.push(await scene.call('ask'));
    }
    return asked;
  } finally {
    await rm(directory, { recursive: true });
  }
}
