import { sleep } from '../../src/lib/abort.ts';
import type { BotProcess } from './bot-process.ts';
import type { History } from './history.ts';

const RESTART_DELAY_MS = 100;

/** Starts the bot again whenever it has ended, until the signal aborts; then sees it end by itself. */
export async function keepRunning(bot: BotProcess, history: History, signal: AbortSignal): Promise<void> {
  const aborted = untilAborted(signal);
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    try {
      history.add('bot starts');
      await bot.start();
      history.add('bot is ready');
    } catch (error) {
      history.add(String(error));
    }
    await Promise.race([bot.exited(), aborted]);
    await sleep(RESTART_DELAY_MS, signal).catch(() => undefined);
  }
  bot.signal('SIGTERM');
  await bot.exited();
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
