import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createUser } from './actions/guilds.ts';
import { createBus } from './bus.ts';
import type { Core, Settings } from './core.ts';
import { createFaults } from './faults.ts';
import { createCdn } from './files/cdn.ts';
import { FileStore } from './files/file-store.ts';
import { Gateway } from './gateway/gateway.ts';
import { CommandStore } from './interactions/command-store.ts';
import { createInteractionStore } from './interactions/interaction-store.ts';
import { createCommandActs } from './people/command-acts.ts';
import { createControlActs } from './people/control-acts.ts';
import { createMessageActs } from './people/message-acts.ts';
import { createThreadActs } from './people/thread-acts.ts';
import { createWorldActs } from './people/world-acts.ts';
import { RateLimits } from './rest/rate-limits.ts';
import { createRestServer } from './rest/rest-server.ts';
import { createRouter } from './rest/router.ts';
import { createRoutes } from './rest/routes.ts';
import { createStats } from './rest/stats.ts';
import { createReader } from './reader.ts';
import type { SimulatedDiscord, SimulatorOptions } from './types.ts';
import { World } from './world/world.ts';

const dayMs = 86_400_000;

/** A Discord on loopback: REST, gateway and files on one port. Everything is in memory. */
export async function startDiscord(options: SimulatorOptions = {}): Promise<SimulatedDiscord> {
  const core = createCore(options);
  const { faults, state: faultState } = createFaults({
    dropSockets: (code) => {
      gateway.dropSockets(code);
    },
    askToReconnect: () => {
      gateway.askToReconnect();
    },
    sendFrame: (frame) => {
      gateway.sendFrame(frame);
    },
  });
  const gateway = new Gateway(core, faultState);
  const rateLimits = new RateLimits(core.settings.globalRequestsPerSecond);
  const recorder = createStats(() => rateLimits.invalidRequests);
  const answerRest = createRestServer({
    core,
    faults: faultState,
    rateLimits,
    recorder,
    findRoute: createRouter(createRoutes(core, gateway)),
  });
  const answerFile = createCdn(core.files, faultState);
  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    const answer = request.url?.startsWith('/api/') === true ? answerRest : answerFile;
    answer(request, response).catch((error: unknown) => {
      answerBug(request, response, error);
    });
  });
  const port = await listen(server, options.port ?? 0);
  gateway.listen(server, `ws://127.0.0.1:${port}/gateway`);
  core.files.setBaseUrl(`http://127.0.0.1:${port}`);

  return {
    ...createReader(core),
    apiUrl: `http://127.0.0.1:${port}/api`,
    token: core.settings.token,
    applicationId: core.settings.applicationId,
    botUserId: core.bot.id,
    people: {
      ...createWorldActs(core),
      ...createThreadActs(core),
      ...createMessageActs(core),
      ...createCommandActs(core),
      ...createControlActs(core),
    },
    faults,
    stats: recorder.stats,
    async stop() {
      gateway.stop();
      const { promise: closed, resolve: close } = Promise.withResolvers<undefined>();
      server.close(() => {
        close(undefined);
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

function createCore(options: SimulatorOptions): Core {
  const world = new World();
  const bus = createBus();
  const applicationId = world.newId();
  const bot = createUser(applicationId, 'Switchboard', true);
  world.users.set(bot.id, bot);
  const settings: Settings = {
    token: options.token ?? createToken(applicationId),
    applicationId,
    messageContentIntent: options.messageContentIntent ?? false,
    guildMembersIntent: options.guildMembersIntent ?? false,
    rateLimits: options.rateLimits ?? 'strict',
    globalRequestsPerSecond: options.globalRequestsPerSecond ?? 50,
    restLatencyMs: options.restLatencyMs ?? 0,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
    shards: options.shards ?? 1,
    interactionWindowMs: options.interactionWindowMs ?? 3_000,
    interactionTokenMs: options.interactionTokenMs ?? 900_000,
    sessionLifetimeMs: options.sessionLifetimeMs ?? 120_000,
    oldMessageAgeMs: options.oldMessageAgeMs ?? 3_600_000,
  };
  return {
    settings,
    bot,
    world,
    bus,
    files: new FileStore({ urlLifetimeMs: options.attachmentUrlMs ?? dayMs }),
    commands: new CommandStore({ applicationId, newId: () => world.newId(), bus }),
    interactions: createInteractionStore({ tokenLifetimeMs: settings.interactionTokenMs }),
  };
}

/** Shaped as Discord's are: the bot's id, a time, a signature. */
function createToken(botId: string): string {
  const part = (bytes: Buffer): string => bytes.toString('base64url');
  return `${part(Buffer.from(botId))}.${part(randomBytes(4))}.${part(randomBytes(28))}`;
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', () => {
    resolve(undefined);
  });
  await promise;
  return (server.address() as AddressInfo).port;
}

/** A fault of the simulator itself: never to be mistaken for Discord's. */
function answerBug(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (request.destroyed && !response.headersSent && request.errored !== null) return;
  console.error(`The simulated Discord failed on ${request.method ?? ''} ${request.url ?? ''}:`, error);
  if (response.headersSent) return;
  response.writeHead(500, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ message: '500: Internal Server Error', code: 0 }));
}
