import type { Server } from 'node:http';
import {
  GatewayCloseCodes as Close,
  GatewayIntentBits as I,
  GatewayOpcodes as Op,
  PermissionFlagsBits as P,
} from 'discord-api-types/v10';
import { WebSocketServer } from 'ws';
import type { Dispatch } from '../bus.ts';
import type { Core } from '../core.ts';
import type { FaultState } from '../faults.ts';
import type { GuildState } from '../world/entities.ts';
import { hasPermission } from '../world/permissions.ts';
import { toShardId } from '../world/snowflake.ts';
import { Connection, type Identify, type Resume } from './connection.ts';
import { toMemberChunks } from './member-chunks.ts';
import { privilegedIntents, toAllowedIntents, toGatewayGuild, toReady } from './ready.ts';
import { Session } from './session.ts';

/** https://discord.com/developers/docs/events/gateway#session-start-limit-object */
const maxIdentifiesPerDay = 1_000;
const dayMs = 86_400_000;
const normalCloses: readonly number[] = [1000, 1001];

/** All connections and sessions; sends each dispatch to the sessions that may have it. */
export class Gateway {
  readonly #core: Core;
  readonly #faults: FaultState;
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Map<string, Session>();
  readonly #expiries = new Map<string, NodeJS.Timeout>();
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  #identifyTimes: number[] = [];
  #url = '';

  constructor(core: Core, faults: FaultState) {
    this.#core = core;
    this.#faults = faults;
    core.bus.onDispatch((dispatch) => {
      this.#publish(dispatch);
    });
  }

  get url(): string {
    return this.#url;
  }

  /** How many IDENTIFYs are left of the day's. */
  get remainingIdentifies(): number {
    const since = Date.now() - dayMs;
    this.#identifyTimes = this.#identifyTimes.filter((time) => time > since);
    return Math.max(0, maxIdentifiesPerDay - this.#identifyTimes.length);
  }

  listen(server: Server, url: string): void {
    this.#url = url;
    server.on('upgrade', (request, socket, head) => {
      const isGateway = request.url?.startsWith('/gateway') === true;
      if (!isGateway || this.#faults.refuseConnections) {
        socket.destroy();
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        const connection = new Connection(client, {
          faults: this.#faults,
          heartbeatIntervalMs: this.#core.settings.heartbeatIntervalMs,
          identify: (data, from) => this.#identify(data, from),
          resume: (data, from) => this.#resume(data, from),
          requestMembers: (session, data) => {
            for (const chunk of toMemberChunks(this.#core, session.intents, data)) {
              session.push('GUILD_MEMBERS_CHUNK', JSON.stringify(chunk));
            }
          },
          closed: (session, code) => {
            this.#closed(connection, session, code);
          },
        });
        this.#connections.add(connection);
      });
    });
  }

  dropSockets(code?: number): void {
    for (const connection of [...this.#connections]) {
      if (code === undefined) connection.drop();
      else connection.close(code);
    }
  }

  askToReconnect(): void {
    for (const connection of this.#connections) connection.send(Op.Reconnect, null);
  }

  sendFrame(frame: string): void {
    for (const connection of this.#connections) connection.sendFrame(frame);
  }

  stop(): void {
    for (const timer of this.#expiries.values()) clearTimeout(timer);
    for (const session of this.#sessions.values()) session.end();
    this.dropSockets();
    this.#sockets.close();
  }

  #identify(data: Identify, connection: Connection): Session | number {
    const { settings, bus } = this.#core;
    const [shardId, shardCount] = data.shard ?? [0, 1];
    if (data.token.replace(/^Bot /, '') !== settings.token) return Close.AuthenticationFailed;
    if (shardId >= shardCount) return Close.InvalidShard;
    if ((data.intents & privilegedIntents & ~toAllowedIntents(this.#core)) !== 0) {
      return Close.DisallowedIntents;
    }
    if (this.remainingIdentifies === 0) return Close.AuthenticationFailed;
    this.#identifyTimes.push(Date.now());
    const session = new Session({
      intents: data.intents,
      shard: [shardId, shardCount],
      faults: this.#faults,
    });
    this.#sessions.set(session.id, session);
    connection.bind(session);
    bus.emit({ type: 'gateway', what: 'identify' });
    this.#welcome(session);
    return session;
  }

  #welcome(session: Session): void {
    const guilds = this.#guildsOf(session);
    session.push('READY', JSON.stringify(toReady(this.#core, session, this.#url, guilds)));
    if ((session.intents & I.Guilds) !== 0) {
      for (const guild of guilds) {
        session.push('GUILD_CREATE', JSON.stringify(toGatewayGuild(this.#core, guild)));
      }
    }
    this.#core.bus.emit({ type: 'gateway', what: 'ready' });
  }

  #guildsOf(session: Session): GuildState[] {
    const [shardId, shardCount] = session.shard;
    return [...this.#core.world.guilds.values()].filter(
      ({ id, members }) => members.has(this.#core.bot.id) && toShardId(id, shardCount) === shardId,
    );
  }

  #resume(data: Resume, connection: Connection): Session | number | undefined {
    if (data.token.replace(/^Bot /, '') !== this.#core.settings.token) return Close.AuthenticationFailed;
    const session = this.#sessions.get(data.session_id);
    if (session === undefined || this.#faults.refuseResumes) {
      this.#forget(data.session_id);
      return undefined;
    }
    clearTimeout(this.#expiries.get(session.id));
    this.#expiries.delete(session.id);
    connection.bind(session);
    if (!session.replayAfter(data.seq ?? 0)) {
      this.#forget(session.id);
      return Close.InvalidSeq;
    }
    session.push('RESUMED', '{"_trace":[]}');
    this.#core.bus.emit({ type: 'gateway', what: 'resume' });
    return session;
  }

  #closed(connection: Connection, session: Session | undefined, code: number): void {
    this.#connections.delete(connection);
    if (session === undefined) return;
    this.#core.bus.emit({ type: 'gateway', what: 'disconnect' });
    if (normalCloses.includes(code)) {
      this.#forget(session.id);
      return;
    }
    if (session.isConnected) return;
    const timer = setTimeout(() => {
      this.#forget(session.id);
    }, this.#core.settings.sessionLifetimeMs);
    timer.unref();
    this.#expiries.set(session.id, timer);
  }

  #forget(sessionId: string): void {
    this.#sessions.get(sessionId)?.end();
    this.#sessions.delete(sessionId);
    clearTimeout(this.#expiries.get(sessionId));
    this.#expiries.delete(sessionId);
  }

  #publish(dispatch: Dispatch): void {
    if (this.#sessions.size === 0 || !this.#isVisible(dispatch)) return;
    const json: { full?: string; masked?: string } = {};
    for (const session of this.#sessions.values()) {
      const [shardId, shardCount] = session.shard;
      if (toShardId(dispatch.guildId, shardCount) !== shardId) continue;
      if (dispatch.intents !== 0 && (session.intents & dispatch.intents) === 0) continue;
      const withContent = (session.intents & I.MessageContent) !== 0;
      const key = withContent ? 'full' : 'masked';
      session.push(dispatch.name, (json[key] ??= JSON.stringify(dispatch.data(withContent))));
    }
  }

  #isVisible({ guildId, channelId, intents }: Dispatch): boolean {
    if (intents === 0) return true;
    const { world, bot } = this.#core;
    if (guildId !== null && world.guilds.get(guildId)?.members.has(bot.id) !== true) return false;
    if (channelId === undefined) return true;
    const channel = world.channels.get(channelId);
    return channel !== undefined && hasPermission(world, channel, bot.id, P.ViewChannel);
  }
}
