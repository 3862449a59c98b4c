import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import type { BotStatus } from '../discord/commands/command.ts';
import type { Gateway } from '../discord/gateway/client.ts';
import { createReadiness, type Readiness } from '../observability/readiness.ts';
import type { Storage } from '../storage/ports.ts';

/** For `/status`: what people may know. */
export function createStatus(
  gateway: Gateway,
  storage: Storage,
): (signal: AbortSignal) => Promise<BotStatus> {
  const startedAt = Date.now();
  return async (signal) => {
    const isStoreAvailable = await storage.ping(signal).then(
      () => true,
      () => false,
    );
    const { ready, pingMs } = gateway.readiness();
    const uptimeMs = Date.now() - startedAt;
    return { version: packageJson.version, uptimeMs, isConnected: ready, pingMs, isStoreAvailable };
  };
}

/** For `/health/ready`: whether this process answers questions. */
export function createBotReadiness(
  gateway: Gateway,
  storage: Storage,
  { store }: Config,
): () => Promise<Readiness> {
  return createReadiness(
    {
      gateway: () => {
        const { ready, heartbeatAgeMs } = gateway.readiness();
        return { ok: ready, detail: `last heartbeat ${Math.round(heartbeatAgeMs)} ms ago` };
      },
      store: async (signal) => {
        await storage.ping(signal);
        return { ok: true, detail: 'answers' };
      },
    },
    store.timeoutMs,
  );
}
