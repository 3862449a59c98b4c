import type { Config } from '../config.ts';
import type { OutgoingBudget } from '../discord/outgoing/outgoing-budget.ts';
import type { Log } from '../observability/log.ts';
import { createOverload, type Overload, type OverloadOptions } from '../runs/overload.ts';

const TOO_LATE_SECONDS = 60;

/** Watches the event loop, and the texts that wait for Discord: beyond a minute's worth an answer comes too late. */
export function createBotOverload(
  config: Config,
  budget: OutgoingBudget,
  log: Log,
  overrides: Pick<OverloadOptions, 'lastingMs'> = {},
): Overload {
  const { maxEventLoopDelayMs, discord, runs } = config;
  const pendingTexts = {
    what: 'texts that wait for Discord',
    count() {
      const { waiting } = budget.snapshot();
      return waiting['first-text'] + waiting['partial-text'] + waiting['final-text'];
    },
    max: Math.max(TOO_LATE_SECONDS * discord.requestsPerSecond, runs.maxPending),
  };
  return createOverload({ maxEventLoopDelayMs, pending: [pendingTexts], log, ...overrides });
}
