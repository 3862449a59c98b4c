import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReadPacer } from '../../src/model/read-pacer.ts';

let server: Server;
let peers: Socket[];

beforeEach(async () => {
  peers = [];
  server = createServer({ noDelay: true }, (socket) => peers.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const peer of peers) peer.destroy();
  server.close();
});

function read(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}

/** Sockets in one pace, with the pieces that each was given. */
async function open(pacer: ReadPacer, count: number) {
  const opened = Array.from({ length: count }, async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    pacer.pace(socket);
    const pieces: string[] = [];
    socket.on('readable', () => {
      for (let piece = read(socket); piece !== null; piece = read(socket)) pieces.push(piece.toString());
    });
    return { socket, pieces, peer: () => peers.find(({ remotePort }) => remotePort === socket.localPort) };
  });
  const sockets = await Promise.all(opened);
  await expect.poll(() => peers.length).toBe(count);
  return sockets;
}

async function trickle(peer: Socket | undefined, pieces: number): Promise<void> {
  for (let piece = 0; piece < pieces; piece += 1) {
    peer?.write(`${String(piece)},`);
    await sleep(5);
  }
}

const numbers = Array.from({ length: 30 }, (_, index) => `${String(index)},`).join('');

test('of many sockets what comes in small pieces is read in few, whole and in order', async () => {
  const [first] = await open(new ReadPacer(50), 100);
  await trickle(first?.peer(), 30);
  await expect.poll(() => first?.pieces.join('')).toBe(numbers);
  expect(first?.pieces.length).toBeLessThan(12);
});

test('of a single socket pieces are read as they come', async () => {
  const [only] = await open(new ReadPacer(50), 1);
  await trickle(peers[0], 30);
  await expect.poll(() => only?.pieces.join('')).toBe(numbers);
  expect(only?.pieces.length).toBeGreaterThan(20);
});

test('much at once is read without pauses', async () => {
  const [first] = await open(new ReadPacer(60_000), 100);
  first?.peer()?.write('x'.repeat(1_000_000));
  await expect.poll(() => first?.pieces.join('').length).toBeGreaterThan(900_000);
});

test('the end of a stream and a reset are noticed in their time', async () => {
  const [ended, reset] = await open(new ReadPacer(50), 100);
  const ends = Promise.all([
    once(ended?.socket as Socket, 'end'),
    once(reset?.socket as Socket, 'error').catch(() => undefined),
  ]);
  ended?.peer()?.end('bye');
  reset?.peer()?.write('bye');
  await sleep(5);
  reset?.peer()?.resetAndDestroy();
  await ends;
  expect(ended?.pieces.join('')).toBe('bye');
});

test('a reader that stops asking is not read for', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  new ReadPacer(1).pace(socket);
  socket.pause();
  await expect.poll(() => peers.length).toBe(1);
  const peer = peers[0] as Socket;
  for (let piece = 0; piece < 200; piece += 1) peer.write('x'.repeat(15_000));
  await sleep(100);
  expect(socket.readableLength).toBeLessThan(200_000);
  socket.destroy();
});
