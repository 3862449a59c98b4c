import { Client, Events, RESTEvents, Routes, type APIGatewayBotInfo } from 'discord.js';
import { SwitchboardError, TimeoutError } from '../../errors.ts';
import { withDeadline } from '../../lib/abort.ts';
import type { Log } from '../../observability/log.ts';
import { toClientOptions, type GatewayClientOptions } from './client-options.ts';
import { createDirectory, findLatestMessages, type Directory, type LatestMessage } from './directory.ts';
import { createDiscordClock } from './discord-clock.ts';
import { forwardDispatches, type GatewayHandlers } from './dispatches.ts';
import { createDroppedEvents, guardPackets, toEventName } from './dropped-events.ts';
import { toCloseError, toDeadError, toStartError, type GatewayError } from './gateway-error.ts';
import { watchHeartbeats, type Heartbeats, type ShardState } from './heartbeats.ts';
import { LoginThrottle } from './login-throttle.ts';
import { CancellableSharding, type ShardObserver } from './sharding.ts';
import { DEFAULT_WATCHDOG_LIMITS, startWatchdog, type WatchdogLimits } from './watchdog.ts';

export interface GatewayOptions extends GatewayClientOptions {
  readonly token: string;
  /** After the start: Discord closed the gateway for good, or no reconnecting brings it back. Called once. */
  readonly onFatal: (error: GatewayError) => void;
  readonly log: Log;
  /** Discord asks for a heartbeat about every 41 s: what is older than two of them is not alive. */
  readonly maxHeartbeatAgeMs?: number;
  readonly watchdog?: Partial<WatchdogLimits>;
  /** Between two logins, ms; Discord demands 5,000. */
  readonly loginIntervalMs?: number;
}

export interface GatewayReadiness {
  readonly ready: boolean;
  /** Of the shard that has been silent longest. */
  readonly heartbeatAgeMs: number;
  /** Mean round trip of the shards that had a heartbeat; null before the first. */
  readonly pingMs: number | null;
  readonly shards: readonly ShardState[];
}

/** The connection to Discord: in-process shards whose dispatches become plain data. */
export interface Gateway {
  /** Who is told of events; before `start`, so that none is missed. */
  listen(handlers: GatewayHandlers): void;
  /** Resolves when every shard is ready. Rejects with GatewayError, or with the signal's reason. Only once. */
  start(signal?: AbortSignal): Promise<void>;
  /** No event is handled from now on. Resolves when the sockets are closed. */
  stop(): Promise<void>;
  readiness(): GatewayReadiness;
  /** Throws before Discord has said who the bot is, which comes before any message. */
  botUser(): { readonly id: string; readonly name: string };
  /** Throws as `botUser` does. */
  applicationId(): string;
  readonly directory: Directory;
  /** What was said last in each channel of a server, as far as Discord has told. */
  readonly latestMessages: () => Iterable<LatestMessage>;
  /** Discord's time as well as it is known, epoch ms: for the age of what people did. */
  readonly now: () => number;
}

const stopTimeoutMs = 3_000;

export function createGateway(options: GatewayOptions): Gateway {
  const { log, maxHeartbeatAgeMs = 90_000 } = options;
  const stopping = new AbortController();
  const logins: LoginThrottle = new LoginThrottle({
    fetch: (signal) => fetchGatewayInfo(client, signal),
    log,
    stopping: stopping.signal,
    ...(options.loginIntervalMs !== undefined && { intervalMs: options.loginIntervalMs }),
  });
  let sharding: CancellableSharding | undefined;
  const client: Client = new Client(
    toClientOptions(options, {
      throttler: logins,
      buildStrategy: (manager) => (sharding = new CancellableSharding(manager, stopping.signal, observer)),
    }),
  );
  const heartbeats = watchHeartbeats(client, log, stopping.signal);
  const drop = createDroppedEvents(log);
  const observer: ShardObserver = {
    onHeartbeat: heartbeats.onHeartbeat,
    onConnected: heartbeats.onConnected,
    onClosed: heartbeats.onClosed,
    onUnhandled(shardId, frame, error) {
      if (!stopping.signal.aborted) drop(toEventName(frame), error, shardId);
    },
  };
  guardPackets(client, drop);
  const clock = createDiscordClock();
  client.rest.on(RESTEvents.Response, (_, { headers }) => {
    clock.observe(Date.parse(headers.get('date') ?? ''));
  });
  const directory = createDirectory(client);
  const refusal = watchRefusal(client, options);
  const endWatchdog = startWatchdog({
    shards: () => heartbeats.shards(),
    reconnect: (shardId) => sharding?.breakConnection(shardId) ?? false,
    isHeldBack: (shardId) => logins.isWaiting(shardId),
    onGivenUp: (shardId) => {
      refusal.refuse(toDeadError(shardId));
    },
    log,
    limits: { ...DEFAULT_WATCHDOG_LIMITS, ...options.watchdog },
  });

  const known = <T>(value: T | null): T => {
    if (value === null) throw new SwitchboardError('gateway-not-ready', 'The gateway is not ready yet');
    return value;
  };

  const stop = async (): Promise<void> => {
    endWatchdog();
    stopping.abort(new SwitchboardError('gateway-stopped', 'The gateway was stopped'));
    await closeClient(client, log);
  };

  return {
    directory,
    stop,
    latestMessages: () => findLatestMessages(client),
    now: clock.now,
    listen(handlers) {
      forwardDispatches(client, directory, { handlers, clock, drop, signal: stopping.signal });
    },
    async start(signal) {
      const calledOff = AbortSignal.any(signal ? [signal, stopping.signal] : [stopping.signal]);
      try {
        await startClient(client, { ...options, logins }, refusal, calledOff);
      } catch (error) {
        const reason: unknown = calledOff.aborted ? calledOff.reason : toStartError(error, options.apiUrl);
        await stop();
        throw reason;
      }
    },
    readiness() {
      const readiness = toReadiness(heartbeats);
      const isAlive = readiness.ready && readiness.heartbeatAgeMs <= maxHeartbeatAgeMs;
      return { ...readiness, ready: isAlive && client.isReady() && !refusal.isRefused() };
    },
    botUser() {
      const { id, displayName } = known(client.user);
      return { id, name: displayName };
    },
    applicationId: () => known(client.application).id,
  };
}

interface Refusal {
  isRefused(): boolean;
  /** It is over; the first time counts. */
  refuse(error: GatewayError): void;
  /** Who is told; the caller of `start` while it runs. */
  tell: (error: GatewayError) => void;
}

/** When Discord closes for good, discord.js only reports it: it neither throws later nor stops being ready. */
function watchRefusal(client: Client, { messageContent, onFatal, log }: GatewayOptions): Refusal {
  let isRefused = false;
  const refusal: Refusal = {
    isRefused: () => isRefused,
    refuse(error) {
      if (isRefused) return;
      isRefused = true;
      refusal.tell(error);
    },
    tell: onFatal,
  };
  client.on(Events.Error, (error) => {
    log.error({ err: error }, 'the Discord client failed');
  });
  client.on(Events.ShardError, (error, shardId) => {
    log.warn({ err: error, shardId }, 'a gateway connection failed');
  });
  client.on(Events.ShardDisconnect, ({ code }, shardId) => {
    log.error({ shardId, code }, 'Discord closed the gateway for good');
    const error = toCloseError(code, messageContent);
    if (error) refusal.refuse(error);
  });
  return refusal;
}

async function startClient(
  client: Client,
  { token, onFatal, logins }: GatewayOptions & { readonly logins: LoginThrottle },
  refusal: Refusal,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const failure = Promise.withResolvers<never>();
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
  const login = async (): Promise<void> => {
    client.rest.setToken(token);
    await logins.ready(signal);
    await client.login(token);
  };
  const abort = (): void => {
    failure.reject(signal.reason);
  };
  refusal.tell = failure.reject;
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([Promise.all([login(), ready]), failure.promise]);
    refusal.tell = onFatal;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function fetchGatewayInfo({ rest }: Client, signal: AbortSignal): Promise<APIGatewayBotInfo> {
  return (await rest.get(Routes.gatewayBot(), { signal })) as APIGatewayBotInfo;
}

async function closeClient(client: Client, log: Log): Promise<void> {
  try {
    await withDeadline('Closing the gateway', stopTimeoutMs, undefined, () => client.destroy());
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    log.warn({ err: error }, 'the gateway did not close in time');
  }
}

function toReadiness(heartbeats: Heartbeats): GatewayReadiness {
  const shards = heartbeats.shards();
  const pings = shards.map(({ pingMs }) => pingMs).filter((pingMs) => pingMs !== null);
  return {
    ready: shards.length > 0 && shards.every(({ isConnected }) => isConnected),
    heartbeatAgeMs: Math.max(0, ...shards.map((shard) => shard.heartbeatAgeMs)),
    pingMs: pings.length === 0 ? null : pings.reduce((sum, ping) => sum + ping, 0) / pings.length,
    shards,
  };
}
