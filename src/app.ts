import packageJson from '../package.json' with { type: 'json' };
import type { AppOverrides } from './app/overrides.ts';
import { createServices, type Services } from './app/services.ts';
import { createBotReadiness } from './app/status.ts';
import type { Config } from './config.ts';
import { SwitchboardError } from './errors.ts';
import { startHttpServer, type HttpServer } from './observability/http-server.ts';
import { createLog } from './observability/log.ts';
import { settlesWithin } from './lib/abort.ts';
import { openStorage } from './storage/open-storage.ts';

export type { AppOverrides } from './app/overrides.ts';

export interface App {
  /** Resolves when the bot answers. Rejects with an error whose message is one clear line for the operator. */
  start(): Promise<void>;
  /**
   * Ends intake, lets runs finish within the grace period and stops the rest, writes what is waiting, closes.
   * May be called at any time and more than once.
   */
  stop(): Promise<void>;
  /** Where health and metrics are served, once started. */
  readonly httpPort: number;
}

/** The bot as `npm start` runs it; what it is made of is chosen in `src/app/services.ts`. */
export function createApp(config: Config, overrides: AppOverrides = {}): App {
  const log = overrides.log ?? createLog(config.log);
  const stopping = new AbortController();
  let services: Services | undefined;
  let http: HttpServer | undefined;
  let starting: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const start = async (): Promise<void> => {
    const { signal } = stopping;
    const opened = await openStorage({ ...config.store, log });
    services = createServices(config, overrides, overrides.storage?.(opened) ?? opened, log);
    const { gateway, metrics, storage } = services;
    http = await startHttpServer({
      ...config.http,
      metrics,
      readiness: createBotReadiness(gateway, storage, config),
      log,
    });
    await services.quota?.load();
    await services.startGate.pass(signal);
    await gateway.start(signal);
    log.info({ user: gateway.botUser().name, version: packageJson.version }, 'ready');
    // Before a run that waits again shows its own.
    await services.reactions.removeLeft();
    await services.runs.resume();
    services.catchUp.start();
    await services.registerCommands(signal);
  };

  const stop = async (): Promise<void> => {
    stopping.abort(new SwitchboardError('stopping', 'The bot is stopping'));
    // A start that was cut short rejects; whoever called it is told.
    await starting?.catch(() => undefined);
    if (services) await stopServices({ ...services, http }, config.shutdownGraceMs);
  };

  return {
    start: () => (starting ??= start()),
    stop: () => (stopped ??= stop()),
    get httpPort() {
      return http?.port ?? 0;
    },
  };
}

/** Of the grace period, what is kept back for showing the last outcomes and writing what is waiting. */
const deliveryShare = 0.25;
/** Of the grace period, what commands that are being carried out have to hand over their questions. */
const commandShare = 0.1;
/** What waits for Discord when all else has ended. */
const lastRequestsMs = 1_000;

async function stopServices(
  services: Services & { readonly http: HttpServer | undefined },
  graceMs: number,
): Promise<void> {
  const { gateway, catchUp, titles, dispatcher, runs, budget, conversations } = services;
  const { http, metrics, overload, quota, storage } = services;
  const startedAt = performance.now();
  // While the connections still stand: they tell whether all that was said was heard.
  await catchUp.stop();
  await gateway.stop();
  titles.close();
  // Only what they ask goes on elsewhere: an answer that Discord does not take is not waited for.
  await settlesWithin(dispatcher.idle(), graceMs * commandShare);
  const deliveryMs = graceMs * deliveryShare;
  const leftMs = Math.max(0, graceMs - (performance.now() - startedAt) - lastRequestsMs);
  await runs.drain(Math.max(0, leftMs - deliveryMs), Math.min(deliveryMs, leftMs));
  await budget.drain(lastRequestsMs);
  // Ends every request that waits, and with it what the dispatcher still does.
  budget.close();
  await conversations.flush();
  await quota?.flush();
  await http?.stop();
  metrics.stop();
  overload.stop();
  await storage.close();
}
