/** The least that this can cost: HTTP over sockets by hand, a pool of connections, chunked encoding, SSE. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createHandLoop, createSseReader } from '../hand-loop.ts';
import type { CreateContender } from '../task.ts';

interface Exchange {
  readonly onData: (payload: string) => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export const create: CreateContender = (origin) => {
  const { host, hostname, port } = new URL(origin);
  const idle: Connection[] = [];
  const open = (): Connection => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const connection = createConnection(socket, () => idle.push(connection));
    return connection;
  };
  const post = (body: string, onData: (payload: string) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const head =
        `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer bench\r\n` +
        `content-type: application/json\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n\r\n`;
      (idle.pop() ?? open()).send(head + body, { onData, resolve, reject });
    });
  const close = (): Promise<void> => {
    for (const connection of idle) connection.socket.destroy();
    return Promise.resolve();
  };
  return Promise.resolve(createHandLoop(post, close));
};

type Connection = ReturnType<typeof createConnection>;

function createConnection(socket: Socket, onIdle: () => void) {
  let exchange: Exchange | undefined;
  let read: (text: string) => void = () => undefined;
  let buffered = '';
  let isInBody = false;
  /** What is left of the chunk that is being read, its line end included. */
  let left = 0;

  const onText = (text: string): void => {
    buffered += text;
    if (!isInBody) {
      const end = buffered.indexOf('\r\n\r\n');
      if (end === -1) return;
      if (!buffered.startsWith('HTTP/1.1 200 ')) {
        exchange?.reject(new Error(buffered.slice(0, end)));
        return;
      }
      buffered = buffered.slice(end + 4);
      isInBody = true;
    }
    for (;;) {
      if (left > 0) {
        read(left > 2 ? buffered.slice(0, left - 2) : '');
        const taken = Math.min(left, buffered.length);
        left -= taken;
        buffered = buffered.slice(taken);
        if (left > 0) return;
      }
      const end = buffered.indexOf('\r\n');
      if (end === -1) return;
      const size = Number.parseInt(buffered.slice(0, end), 16);
      if (size === 0) {
        if (buffered.length < end + 4) return;
        buffered = buffered.slice(end + 4);
        isInBody = false;
        const done = exchange;
        exchange = undefined;
        onIdle();
        done?.resolve();
        return;
      }
      left = size + 2;
      buffered = buffered.slice(end + 2);
    }
  };
  socket.setEncoding('latin1').on('data', onText);
  socket.on('error', (error) => exchange?.reject(error));
  socket.on('close', () => exchange?.reject(new Error('The connection was closed')));

  return {
    socket,
    send(request: string, next: Exchange): void {
      exchange = next;
      read = createSseReader(next.onData);
      socket.write(request, 'latin1');
    },
  };
}
