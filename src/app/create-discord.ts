import type { Config } from '../config.ts';
import { createGateway, type Gateway } from '../discord/gateway/client.ts';
import { createOutgoingBudget, type OutgoingBudget } from '../discord/outgoing/outgoing-budget.ts';
import { createDiscordRest } from '../discord/outgoing/rest.ts';
import { SwitchboardError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { AppOverrides } from './overrides.ts';

/** Both ways to Discord: what comes in by the gateway, what goes out within the budget. */
export function createDiscord(
  { discord }: Config,
  { edits, onFatal }: AppOverrides,
  { metrics, log }: { readonly metrics: Metrics; readonly log: Log },
): { gateway: Gateway; budget: OutgoingBudget } {
  const tellFatal =
    onFatal ??
    ((error: unknown): void => {
      log.fatal({ err: error }, 'the bot cannot go on');
    });
  const rest = createDiscordRest({
    ...discord,
    onResponse: ({ method, route, status }) => {
      metrics.recordRestRequest(method, route, status === 0 ? 'error' : status);
    },
  });
  const budget = createOutgoingBudget({
    sender: rest,
    ...(edits && { edits }),
    requestsPerSecond: discord.requestsPerSecond,
    onUnauthorized: () => {
      tellFatal(
        new SwitchboardError('unauthorized', 'Discord no longer accepts DISCORD_TOKEN. Set a new one.'),
      );
    },
  });
  const gateway = createGateway({
    token: discord.token,
    apiUrl: discord.apiUrl,
    messageContent: discord.messageContentIntent,
    rest: rest.clientOptions(budget.countForeign),
    onFatal: tellFatal,
    log,
  });
  return { gateway, budget };
}
