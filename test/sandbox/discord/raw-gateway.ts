import { WebSocket } from 'ws';
import type { SimulatedDiscord } from '../../../sandbox/discord/types.ts';
import { requestAsBot, until } from './stage.ts';

export interface Frame {
  readonly op: number;
  readonly t: string | null;
  readonly s: number | null;
  readonly d: Readonly<Record<string, unknown>>;
}

/** A gateway connection by hand: what no client library lets a test do. */
export interface RawGateway {
  readonly frames: Frame[];
  readonly closeCode: number | undefined;
  send(op: number, d: unknown): void;
  identify(options?: { intents?: number; token?: string; shard?: [number, number] }): Promise<void>;
  /** The dispatches of that name so far. */
  dispatches(name: string): Frame[];
  close(code?: number): void;
  drop(): void;
}

export async function openGateway(discord: SimulatedDiscord): Promise<RawGateway> {
  const { body } = await requestAsBot(discord, 'GET', '/gateway');
  const socket = new WebSocket(`${String(body['url'])}?v=10&encoding=json`);
  const frames: Frame[] = [];
  let closeCode: number | undefined;
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString('utf8')) as Frame));
  socket.on('close', (code) => (closeCode = code));
  socket.on('error', () => (closeCode ??= -1));

  const gateway: RawGateway = {
    frames,
    get closeCode() {
      return closeCode;
    },
    send(op, d) {
      socket.send(JSON.stringify({ op, d }));
    },
    async identify({ intents = 0, token = discord.token, shard } = {}) {
      gateway.send(2, { token, intents, properties: {}, ...(shard === undefined ? {} : { shard }) });
      await until(() => closeCode !== undefined || gateway.dispatches('READY').length > 0);
    },
    dispatches: (name) => frames.filter(({ t }) => t === name),
    close: (code = 1000) => {
      socket.close(code);
    },
    drop: () => {
      socket.terminate();
    },
  };
  await until(() => closeCode !== undefined || frames.length > 0 || socket.readyState === WebSocket.OPEN);
  return gateway;
}
