import { GatewayCloseCodes as Close, GatewayOpcodes as Op } from 'discord-api-types/v10';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { FaultState } from '../faults.ts';
import type { Session } from './session.ts';

/** https://discord.com/developers/docs/events/gateway#rate-limiting */
const maxEventsPerMinute = 120;
const maxPayloadBytes = 4_096;

const payload = z.object({ op: z.enum(Op).catch(Op.Dispatch), d: z.unknown() });

export const identifyData = z.object({
  token: z.string(),
  intents: z.int().min(0),
  shard: z.tuple([z.int().min(0), z.int().min(1)]).optional(),
});

export const resumeData = z.object({
  token: z.string(),
  session_id: z.string(),
  seq: z.int().nullable(),
});

export type Identify = z.output<typeof identifyData>;
export type Resume = z.output<typeof resumeData>;

/** What the gateway decides for a connection. A number closes the socket with that code. */
export interface ConnectionHost {
  readonly faults: FaultState;
  readonly heartbeatIntervalMs: number;
  identify(data: Identify, connection: Connection): Session | number;
  /** Undefined: the session is not to be resumed. */
  resume(data: Resume, connection: Connection): Session | number | undefined;
  requestMembers(session: Session, data: unknown): void;
  closed(session: Session | undefined, code: number): void;
}

/** One socket: HELLO, heartbeats, IDENTIFY or RESUME, the limits on what a client sends. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #host: ConnectionHost;
  readonly #eventTimes: number[] = [];
  /** A text as it is. */
  readonly sendFrame = (frame: string): void => {
    if (!this.#host.faults.freezeSockets) this.#socket.send(frame);
  };
  #session: Session | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    socket.on('message', (data: Buffer) => {
      this.#receive(data);
    });
    socket.on('close', (code) => {
      clearTimeout(this.#heartbeatTimer);
      this.#session?.detach(this.sendFrame);
      host.closed(this.#session, code);
    });
    socket.on('error', () => {
      socket.terminate();
    });
    if (host.faults.muteHello) return;
    this.send(Op.Hello, { heartbeat_interval: host.heartbeatIntervalMs, _trace: [] });
    this.#expectHeartbeat();
  }

  get session(): Session | undefined {
    return this.#session;
  }

  send(op: Op, d: unknown): void {
    this.sendFrame(JSON.stringify({ t: null, s: null, op, d }));
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason);
  }

  /** Without a closing handshake, as a broken line does. */
  drop(): void {
    this.#socket.terminate();
  }

  /** From now on the session's dispatches go out here. */
  bind(session: Session): void {
    this.#session = session;
    session.attach(this.sendFrame);
  }

  #receive(data: Buffer): void {
    if (this.#host.faults.freezeSockets) return;
    if (this.#isOverRate()) {
      this.close(Close.RateLimited, 'Rate limited.');
      return;
    }
    const message = data.byteLength > maxPayloadBytes ? undefined : parseMessage(data);
    if (message === undefined) {
      this.close(Close.DecodeError, 'Error while decoding payload.');
      return;
    }
    this.#handle(message.op, message.d);
  }

  #handle(op: Op, data: unknown): void {
    switch (op) {
      case Op.Heartbeat:
        this.#expectHeartbeat();
        if (!this.#host.faults.muteHeartbeatAcks) this.send(Op.HeartbeatAck, null);
        return;
      case Op.Identify:
        this.#identify(data);
        return;
      case Op.Resume:
        this.#resume(data);
        return;
      case Op.PresenceUpdate:
      case Op.VoiceStateUpdate:
      case Op.RequestGuildMembers:
        if (this.#session === undefined) this.close(Close.NotAuthenticated, 'Not authenticated.');
        else if (op === Op.RequestGuildMembers) this.#host.requestMembers(this.#session, data);
        return;
      case Op.Dispatch:
      case Op.Reconnect:
      case Op.InvalidSession:
      case Op.Hello:
      case Op.HeartbeatAck:
      case Op.RequestSoundboardSounds:
      case Op.RequestChannelInfo:
      default:
        this.close(Close.UnknownOpcode, 'Unknown opcode.');
    }
  }

  #identify(data: unknown): void {
    if (this.#session !== undefined) {
      this.close(Close.AlreadyAuthenticated, 'Already authenticated.');
      return;
    }
    const identify = identifyData.safeParse(data);
    if (!identify.success) {
      this.close(Close.DecodeError, 'Error while decoding payload.');
      return;
    }
    const session = this.#host.identify(identify.data, this);
    if (typeof session === 'number') this.close(session);
  }

  #resume(data: unknown): void {
    const resume = resumeData.safeParse(data);
    if (!resume.success) {
      this.close(Close.DecodeError, 'Error while decoding payload.');
      return;
    }
    const session = this.#host.resume(resume.data, this);
    if (session === undefined) this.send(Op.InvalidSession, false);
    else if (typeof session === 'number') this.close(session);
  }

  #isOverRate(): boolean {
    const now = Date.now();
    while ((this.#eventTimes[0] ?? now) < now - 60_000) this.#eventTimes.shift();
    return this.#eventTimes.push(now) > maxEventsPerMinute;
  }

  #expectHeartbeat(): void {
    clearTimeout(this.#heartbeatTimer);
    this.#heartbeatTimer = setTimeout(() => {
      if (!this.#host.faults.freezeSockets) this.close(Close.SessionTimedOut, 'Session timed out.');
    }, this.#host.heartbeatIntervalMs * 2);
    this.#heartbeatTimer.unref();
  }
}

function parseMessage(data: Buffer): z.output<typeof payload> | undefined {
  try {
    return payload.parse(JSON.parse(data.toString('utf8')));
  } catch {
    return undefined;
  }
}
